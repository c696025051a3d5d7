import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { fingerprintOf, type Once, type Written } from "@vidferry/core";
import type { Context } from "hono";
import { routePath } from "hono/route";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppEnv } from "../app-env.ts";
import { bodyBounds, expectBoundedJson } from "./body/json-bounds.ts";
import type { JsonAnswer } from "./entity-tag.ts";

/** The header of requests that may come again. */
export const idempotencyHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, "1 to 255 visible ASCII characters, for example a UUID")
    .optional()
    .openapi({
      // Without an example: the documentation's forms would send it with each try, and get the first one's answer back.
      description:
        "Repeating the request with the same key within a day gives the same answer, and does nothing again. " +
        "Use a new UUID for each request.",
    }),
});

/** The header of an answer that was given before, for the description of an operation. */
export const replayedHeader = {
  "Idempotent-Replayed": {
    schema: { type: "string" as const, enum: ["true"] },
    description: "Set when the key came before: this is the answer that was given then.",
  },
};

/** An answer that can be kept. */
export interface Answer<B, S extends ContentfulStatusCode> {
  readonly status: S;
  readonly body: B;
  /** An address of what was made. */
  readonly location?: string;
}

/**
 * Answers a POST, at most once for each `Idempotency-Key` of an owner: what comes again gets the same answer. `present` makes the
 * answer of a result, without waiting for anything; `write` does the work, by `writeOnce` or `runOnce` of core.
 */
export async function answerOnce<T, B extends object, S extends ContentfulStatusCode>(
  c: Context<AppEnv>,
  present: (value: T) => Answer<B, S>,
  write: (once: Once<T> | null) => Promise<Written<T>>,
): Promise<JsonAnswer<B, S>> {
  const key = c.req.header("idempotency-key");
  const seal = key === undefined ? null : sealedWith(key);
  const written = await write(seal && (await onceOf(c, seal, present)));
  const isRepeated = written.kind === "repeated";
  if (isRepeated) c.header("Idempotent-Replayed", "true");
  const { status, body, location } =
    isRepeated && seal !== null
      ? (JSON.parse(seal.open(written.answer)) as Answer<B, S>)
      : present((written as Extract<Written<T>, { kind: "written" }>).value);
  if (location !== undefined) c.header("Location", location);
  return c.json(body, status) as unknown as JsonAnswer<B, S>;
}

async function onceOf<T>(c: Context<AppEnv>, seal: Seal, present: (value: T) => unknown): Promise<Once<T>> {
  const text = await c.req.text();
  return {
    key: {
      owner: c.get("principal").owner,
      operation: `${c.req.method} ${routePath(c)}`,
      keyHash: seal.hash,
      fingerprint: await fingerprintOf([c.req.path.replace(/\/+$/, ""), parsed(text)]),
    },
    answer: (value) => seal.close(JSON.stringify(present(value))),
  };
}

/** Of a body that an operation does not read it may be anything, also JSON that is nested too deeply to be walked. */
function parsed(text: string): unknown {
  try {
    expectBoundedJson(text, bodyBounds);
    return text === "" ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

/** Seals answers with the client's own key, since some hold a secret that is shown once. */
interface Seal {
  /** What the key is found by; it does not open anything. */
  readonly hash: string;
  close(text: string): string;
  open(sealed: string): string;
}

const ivBytes = 12;
const tagBytes = 16;

function sealedWith(key: string): Seal {
  const secret = new Uint8Array(hkdfSync("sha256", key, "", "vidferry-answer-1", 32));
  return {
    hash: createHash("sha256").update(`vidferry-key-1 ${key}`).digest("hex"),
    close: (text) => {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", secret, iv);
      const sealed = [iv, cipher.update(text, "utf8"), cipher.final()];
      return Buffer.concat([...sealed, cipher.getAuthTag()]).toString("base64");
    },
    open: (sealed) => {
      const bytes = Buffer.from(sealed, "base64");
      const decipher = createDecipheriv("aes-256-gcm", secret, bytes.subarray(0, ivBytes));
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
      const text = decipher.update(bytes.subarray(ivBytes, bytes.length - tagBytes));
      return Buffer.concat([text, decipher.final()]).toString("utf8");
    },
  };
}
