import { expect, test } from "bun:test";
import { memoryStore } from "../adapters/memory/index.ts";
import { createIdGenerator, systemClock } from "../adapters/system/index.ts";
import type { Actor } from "../audit/audit.ts";
import { AppError } from "../errors/app-error.ts";
import { changeKey, makeKey, revokeKey, rotateKey } from "./manage-keys.ts";

const by: Actor = { via: "cli", owner: null, keyId: null, requestId: null };

test("everything that is done to a key is told to the audit log, and no secret is", async () => {
  const deps = { database: memoryStore({ clock: systemClock }), ids: createIdGenerator(), clock: systemClock };
  const { key, secret } = await makeKey(deps, { name: "ci", owner: "ada" }, by);
  await changeKey(deps, key.id, { name: "nightly" }, by);
  const rotated = await rotateKey(deps, key.id, 60, by);
  await revokeKey(deps, key.id, by);
  const entries = await deps.database.audit.list({ limit: 10, subject: key.id });
  expect(entries.map(({ action }) => action).toSorted()).toEqual([
    ...(["key.changed", "key.created", "key.revoked", "key.rotated"] as const),
  ]);
  expect(entries.every(({ by: who, owner }) => who.via === "cli" && owner === "ada")).toBe(true);
  const text = JSON.stringify(entries);
  for (const hidden of [secret, rotated.secret, key.hash, rotated.key.hash]) expect(text).not.toContain(hidden);
});

test("what was refused is not told", async () => {
  const deps = { database: memoryStore({ clock: systemClock }), ids: createIdGenerator(), clock: systemClock };
  const { key } = await makeKey(deps, { name: "root", scopes: ["admin"] }, by);
  await expect(revokeKey(deps, key.id, by)).rejects.toThrow(AppError);
  expect((await deps.database.audit.list({ limit: 10 })).map(({ action }) => action)).toEqual(["key.created"]);
});
