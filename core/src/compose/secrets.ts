import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { createSecretBox } from "../secrets/secret-box.ts";
import type { SecretSupport } from "../secrets/secret-support.ts";
import { pathOf } from "./backends.ts";

/** What keeps secrets, as the configuration says. */
export function composeSecrets({
  SECRETS_KEY,
  DATABASE_URL,
}: Pick<Config, "SECRETS_KEY" | "DATABASE_URL">): SecretSupport {
  const keys = keysOf(SECRETS_KEY, DATABASE_URL);
  return {
    box: createSecretBox(keys ?? (() => Promise.resolve([]))),
    refused: keys === null ? "Secrets are encrypted with SECRETS_KEY, which is not set." : null,
  };
}

function keysOf(written: readonly string[] | null, databaseUrl: string): (() => Promise<readonly string[]>) | null {
  if (written !== null) return () => Promise.resolve(written);
  if (!databaseUrl.startsWith("sqlite:")) return null;
  const path = pathOf(databaseUrl);
  if (path === ":memory:") return () => Promise.resolve([newKey()]);
  return async () => [await keyFile(resolve(dirname(path), "secrets.key"))];
}

/**
 * The key beside a SQLite file, which belongs to one machine: made when it is first needed, readable by its user alone. It is
 * written under another name and linked, so that of several processes all take the same one, and none half of it.
 */
export async function keyFile(path: string): Promise<string> {
  const known = await readKey(path);
  if (known !== null) return known;
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${crypto.randomUUID()}`;
  try {
    await writeFile(draft, `${newKey()}\n`, { mode: 0o600, flag: "wx", flush: true });
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readKey(path);
  if (made === null) throw new Error(`${path} has gone again`);
  return made;
}

async function readKey(path: string): Promise<string | null> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

const newKey = (): string => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
