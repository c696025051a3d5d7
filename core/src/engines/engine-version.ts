/** `2026.10.26`, and nightly builds such as `2026.11.02.123456`; without anything that a path or a shell could mistake. */
const form = /^\d{4}\.\d{1,2}\.\d{1,2}(\.\d{1,8})?$/;

/** Whether this is a version of yt-dlp. */
export const isEngineVersion = (text: string): boolean => form.test(text);

/** Below 0: `one` is older than `other`. Indexes leave out the zeros that yt-dlp writes: `2026.7.4` is `2026.07.04`. */
export function compareEngineVersions(one: string, other: string): number {
  const [parts, others] = [one, other].map((version) => version.split(".").map(Number)) as [number[], number[]];
  for (let index = 0; index < Math.max(parts.length, others.length); index += 1) {
    const difference = (parts[index] ?? 0) - (others[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** As yt-dlp writes it itself. */
export const writeEngineVersion = (version: string): string =>
  version
    .split(".")
    .map((part, index) => (index < 3 ? part.padStart(2, "0") : part))
    .join(".");
