import {
  AllowedCidrs,
  AllowedOrigins,
  type Config,
  endKey,
  fieldErrors,
  isId,
  KeyExpiry,
  type KeyId,
  KeyName,
  KeyOwner,
  KeyScopes,
  Limits,
  limitAccount,
  makeKey,
  rotateKey,
  rotationOverlap,
} from "@vidferry/core";
import { type ComposedBackends, composeBackends } from "@vidferry/core/compose";
import { exitCodes, type Terminal, UsageError } from "@vidferry/core/program";
import { createIdGenerator, createSilentLogger, systemClock } from "@vidferry/core/system";
import { z } from "zod";
import { operator } from "../operator.ts";
import { readOptions } from "../read-options.ts";

const usage = [
  "vidferry keys create --name N [--scopes downloads:read,…] [--owner O] [--expires 90d|TIME]",
  "                     [--origins O,…] [--cidrs C,…] [--quota queuedJobs=100,jobsPerDay=50,…]",
  "vidferry keys list [--all] | keys revoke ID | keys rotate ID [--overlap SECONDS]",
].join("\n");

/** `vidferry keys`: makes, lists, rotates and revokes API keys. A secret is shown once. */
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
  const run = commands[action ?? ""];
  if (run === undefined) throw new UsageError(usage);
  const backends = await composeBackends(
    { ...readConfig(), REDIS_URL: null },
    { clock: systemClock, logger: createSilentLogger() },
  );
  try {
    return await run(rest, backends, terminal);
  } finally {
    await backends.close();
  }
}

type Command = (args: readonly string[], backends: ComposedBackends, terminal: Terminal) => Promise<number>;

const commands: Readonly<Record<string, Command>> = {
  create: async (args, { database }, terminal) => {
    const values = readOptions(args, newKeyOptions, usage).values;
    const { quota, expires, name, owner, scopes, origins, cidrs } = parsed(NewKeyOptions, values);
    const { key, secret } = await makeKey(
      { database, ids: createIdGenerator(), clock: systemClock },
      {
        name,
        scopes,
        expiresAt: expires,
        allowedOrigins: origins,
        allowedCidrs: cidrs,
        ...(owner === undefined ? {} : { owner }),
      },
      operator,
    );
    if (quota !== undefined) await limitAccount({ database }, key.owner, quota as Partial<Limits>, operator);
    terminal.note(`${key.id}, ${key.name}; the secret is shown this once:`);
    terminal.out(secret);
    return exitCodes.done;
  },

  list: async (args, { database }, terminal) => {
    const { all = false } = readOptions(args, { all: { type: "boolean" } }, usage).values;
    const now = systemClock.now();
    for (const key of await database.keys.list({ revoked: all, limit: 100_000 })) {
      const state =
        key.revokedAt !== null
          ? `revoked ${key.revokedAt.toISOString()}`
          : key.expiresAt === null
            ? "active"
            : `${key.expiresAt > now ? "until" : "expired"} ${key.expiresAt.toISOString()}`;
      const used = key.lastUsedAt === null ? "never used" : `used ${key.lastUsedAt.toISOString()}`;
      terminal.out(
        `${key.id}  …${key.lastFour}  ${key.scopes.join(",")}  ${key.owner}  ${state}  ${used}  ${key.name}`,
      );
    }
    return exitCodes.done;
  },

  revoke: async (args, { database }, terminal) => {
    const id = keyIdOf(readOptions(args, {}, usage).positionals, "revoke");
    if (!(await database.transaction((tx) => endKey(tx, id, operator)))) {
      terminal.note(`there is no active key ${id}`);
      return exitCodes.failed;
    }
    terminal.out(`revoked ${id}`);
    return exitCodes.done;
  },

  rotate: async (args, { database }, terminal) => {
    const { values, positionals } = readOptions(args, { overlap: { type: "string" } }, usage);
    const id = keyIdOf(positionals, "rotate");
    const overlap = parsed(Overlap, values.overlap ?? String(rotationOverlap.standard));
    const { key, secret } = await rotateKey({ database }, id, overlap, operator);
    const until = key.previous === null ? "does not work any more" : `works until ${key.previous.until.toISOString()}`;
    terminal.note(`${key.id}, ${key.name}; the secret before ${until}; the new one is shown this once:`);
    terminal.out(secret);
    return exitCodes.done;
  },
};

const newKeyOptions = {
  name: { type: "string" },
  scopes: { type: "string" },
  owner: { type: "string" },
  expires: { type: "string" },
  origins: { type: "string" },
  cidrs: { type: "string" },
  quota: { type: "string" },
} as const;

/** `a,b` as a list. */
const listed = (text: string | undefined): string[] | undefined =>
  text?.split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));

const spans: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A time, or a span from now such as `90d`. */
const Expiry = z.string().transform((text, context) => {
  const [, count, unit = ""] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(systemClock.now().getTime() + Number(count) * (spans[unit] ?? 0));
  const time = KeyExpiry.safeParse(text);
  if (time.success && time.data !== null) return new Date(time.data);
  context.addIssue({ code: "custom", message: "a span such as 90d or 12h, or a time such as 2027-01-31T12:00:00Z" });
  return z.NEVER;
});

const PartialLimits = Limits.partial();

/** `queuedJobs=100,jobsPerDay=none` as limits. */
const Quota = z
  .string()
  .transform((text) => {
    const parts = (listed(text) ?? []).map((part) => part.split("=") as [string, string?]);
    // As it was written where it is no number: the limits then say what is wrong.
    const value = (word: string): unknown => (word === "none" ? null : /^\d+$/.test(word) ? Number(word) : word);
    return Object.fromEntries(parts.map(([name, word = ""]) => [name, value(word)])) as z.input<typeof PartialLimits>;
  })
  .pipe(PartialLimits);

const NewKeyOptions = z.object({
  name: z.string({ error: "is needed" }).pipe(KeyName),
  owner: KeyOwner.optional(),
  scopes: z.preprocess((text) => listed(text as string | undefined) ?? ["write"], KeyScopes),
  expires: Expiry.nullable().default(null),
  origins: z.preprocess((text) => listed(text as string | undefined) ?? [], AllowedOrigins),
  cidrs: z.preprocess((text) => listed(text as string | undefined) ?? [], AllowedCidrs),
  quota: Quota.optional(),
});

const Overlap = z
  .string()
  .transform(Number)
  .pipe(z.int("a number of seconds").min(0).max(rotationOverlap.most, `at most ${rotationOverlap.most} seconds`));

/** The options as a schema reads them. Throws {@link UsageError} with the option that is wrong. */
function parsed<T>(schema: z.ZodType<T>, values: unknown): T {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const [first] = fieldErrors(result.error.issues);
  const option =
    first === undefined || first.path === "" ? "" : ` --${first.path.replace(/^\//, "").replaceAll("/", " ")}`;
  throw new UsageError(`keys:${option}: ${first?.message ?? "not valid"}\n${usage}`);
}

function keyIdOf([id = "", ...more]: readonly string[], action: string): KeyId {
  if (isId("key", id) && more.length === 0) return id;
  throw new UsageError(`keys ${action}: expected the id of one key (see \`vidferry keys list\`)`);
}
