import { parseArgs } from "node:util";
import { type Config, createApiKey, isId, isKeyScope, keyScopes } from "@vidferry/core";
import { type ComposedBackends, composeBackends } from "@vidferry/core/compose";
import type { Terminal } from "@vidferry/core/program";
import { exitCodes, UsageError } from "@vidferry/core/program";
import { createIdGenerator, createSilentLogger, systemClock } from "@vidferry/core/system";

const usage = "vidferry keys create --name N [--scopes write,…] [--owner O] | keys list | keys revoke ID";

/** `vidferry keys`: makes, lists and revokes API keys. The secret is shown once. */
export async function keysCommand(
  args: readonly string[],
  readConfig: () => Config,
  terminal: Terminal,
): Promise<number> {
  const [action, ...rest] = args;
  if (args.includes("--help") || args.includes("-h")) {
    terminal.out(usage);
    return exitCodes.done;
  }
  const backends = await composeBackends(
    { ...readConfig(), REDIS_URL: null },
    { clock: systemClock, logger: createSilentLogger() },
  );
  try {
    switch (action) {
      case "create":
        return await create(rest, backends, terminal);
      case "list":
        for (const key of await backends.store.keys.list({ revoked: true, limit: 10_000 })) {
          const state = key.revokedAt === null ? "active" : `revoked ${key.revokedAt.toISOString()}`;
          terminal.out(`${key.id}  …${key.lastFour}  ${key.scopes.join(",")}  ${key.owner}  ${state}  ${key.name}`);
        }
        return exitCodes.done;
      case "revoke": {
        const [id = ""] = rest;
        if (!isId("key", id))
          throw new UsageError(`keys revoke: expected the id of a key (see \`vidferry keys list\`)`);
        if (!(await backends.store.keys.revoke(id))) {
          terminal.note(`there is no active key ${id}`);
          return exitCodes.failed;
        }
        terminal.out(`revoked ${id}`);
        return exitCodes.done;
      }
      default:
        throw new UsageError(usage);
    }
  } finally {
    await backends.close();
  }
}

async function create(args: readonly string[], backends: ComposedBackends, terminal: Terminal): Promise<number> {
  let values: { name?: string | undefined; scopes?: string | undefined; owner?: string | undefined };
  try {
    const options = { name: { type: "string" }, scopes: { type: "string" }, owner: { type: "string" } } as const;
    values = parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : "unknown option"}\n${usage}`);
  }
  if (values.name === undefined || values.name.trim() === "")
    throw new UsageError(`keys create: --name is needed\n${usage}`);
  const scopes = (values.scopes ?? "write").split(",").map((word) => word.trim());
  const wrong = scopes.find((scope) => !isKeyScope(scope));
  if (wrong !== undefined)
    throw new UsageError(`keys create: ${JSON.stringify(wrong)} is not one of ${keyScopes.join(", ")}`);
  const { key, secret } = await createApiKey(
    { ids: createIdGenerator(), clock: systemClock },
    {
      name: values.name,
      scopes: scopes.filter(isKeyScope),
      ...(values.owner === undefined ? {} : { owner: values.owner }),
    },
  );
  await backends.store.keys.insert(key);
  terminal.note(`${key.id}, ${key.name}; the secret is shown this once:`);
  terminal.out(secret);
  return exitCodes.done;
}
