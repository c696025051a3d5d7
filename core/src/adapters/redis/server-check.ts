/** What operators should know about a server, from its INFO reply. Empty when all is well. */
export function serverWarnings(info: string): readonly string[] {
  const fields = new Map<string, string>();
  for (const line of info.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0 && !line.startsWith("#")) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const warnings: string[] = [];
  const version = fields.get("redis_version") ?? "0";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  // Valkey answers with the Redis version it is compatible with, 7.2 or later.
  if (major < 6 || (major === 6 && minor < 2)) {
    warnings.push(`Redis ${version} is too old: XAUTOCLAIM needs Redis 6.2 or Valkey 7.2.`);
  }
  const policy = fields.get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    warnings.push(
      `Redis may evict the queue under memory pressure: set maxmemory-policy to noeviction (it is ${policy}).`,
    );
  }
  return warnings;
}
