import {
  AllowedCidrs,
  AllowedOrigins,
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
import { exitCodes, UsageError } from "@vidferry/core/program";
import { createIdGenerator, createSilentLogger, systemClock } from "@vidferry/core/system";
import { z } from "zod";
import type { Invocation } from "../command-line/invocation.ts";
import { operator } from "../operator.ts";
import type { KeyFlags } from "../options/keys.ts";

/** Runs a command with the database that keeps the keys. */
async function withKeys(
  { config }: Invocation,
  command: (backends: ComposedBackends) => Promise<number>,
): Promise<number> {
  const backends = await composeBackends(
    { ...config(), REDIS_URL: null },
    { clock: systemClock, logger: createSilentLogger() },
  );
  try {
    return await command(backends);
  } finally {
    await backends.close();
  }
}

/** `vidferry keys create`: makes a key. */
export async function createKeyCommand(flags: KeyFlags, it: Invocation): Promise<number> {
  const { quota, expires, name, owner, scopes, origins, cidrs } = parsed(NewKeyOptions, flags);
  const { terminal } = it;
  return await withKeys(it, async ({ database }) => {
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
  });
}

/** `vidferry keys list`. */
export async function listKeysCommand(all: boolean, it: Invocation): Promise<number> {
  return await withKeys(it, async ({ database }) => {
    const now = systemClock.now();
    for (const key of await database.keys.list({ revoked: all, limit: 100_000 })) {
      const state =
        key.revokedAt !== null
          ? `revoked ${key.revokedAt.toISOString()}`
          : key.expiresAt === null
            ? "active"
            : `${key.expiresAt > now ? "until" : "expired"} ${key.expiresAt.toISOString()}`;
      const used = key.lastUsedAt === null ? "never used" : `used ${key.lastUsedAt.toISOString()}`;
      it.terminal.out(
        `${key.id}  …${key.lastFour}  ${key.scopes.join(",")}  ${key.owner}  ${state}  ${used}  ${key.name}`,
      );
    }
    return exitCodes.done;
  });
}

/** `vidferry keys revoke`: ends a key. */
export async function revokeKeyCommand(given: string, it: Invocation): Promise<number> {
  const id = keyIdOf(given, "revoke");
  return await withKeys(it, async ({ database }) => {
    if (!(await database.transaction((tx) => endKey(tx, id, operator)))) {
      it.terminal.note(`there is no active key ${id}`);
      return exitCodes.failed;
    }
    it.terminal.out(`revoked ${id}`);
    return exitCodes.done;
  });
}

/** `vidferry keys rotate`: gives a key a new secret; the one before works for `overlap` seconds more. */
export async function rotateKeyCommand(given: string, overlap: string | undefined, it: Invocation): Promise<number> {
  const id = keyIdOf(given, "rotate");
  const seconds = parsed(Overlap, { overlap: overlap ?? String(rotationOverlap.standard) }).overlap;
  return await withKeys(it, async ({ database }) => {
    const { key, secret } = await rotateKey({ database }, id, seconds, operator);
    const until = key.previous === null ? "does not work any more" : `works until ${key.previous.until.toISOString()}`;
    it.terminal.note(`${key.id}, ${key.name}; the secret before ${until}; the new one is shown this once:`);
    it.terminal.out(secret);
    return exitCodes.done;
  });
}

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

const Overlap = z.object({
  overlap: z
    .string()
    .transform(Number)
    .pipe(z.int("a number of seconds").min(0).max(rotationOverlap.most, `at most ${rotationOverlap.most} seconds`)),
});

/** The options as a schema reads them. Throws {@link UsageError} with the option that is wrong. */
function parsed<T>(schema: z.ZodType<T>, values: unknown): T {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const [first] = fieldErrors(result.error.issues);
  const option =
    first === undefined || first.path === "" ? "" : ` --${first.path.replace(/^\//, "").replaceAll("/", " ")}`;
  throw new UsageError(`keys:${option}: ${first?.message ?? "not valid"}; see: vidferry keys --help`);
}

function keyIdOf(id: string, action: string): KeyId {
  if (isId("key", id)) return id;
  throw new UsageError(`keys ${action}: expected the id of one key (see \`vidferry keys list\`)`);
}
