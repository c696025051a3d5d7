import { expect, test } from "bun:test";
import { AppError, type AuditEntry, createApiKey, type ErrorCode } from "@vidferry/core";
import { memoryStore } from "@vidferry/core/memory";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import { eventually } from "@vidferry/testing";
import { createLogRecorder } from "../testing/log-recorder.ts";
import { createKeyAuth } from "./keys.ts";
import { createSignInFailures } from "./sign-in-failures.ts";

const counted = (entries: readonly AuditEntry[]) =>
  Object.fromEntries(entries.map(({ subject, detail }) => [subject, detail["count"]]));

test("wrong keys are told to the audit log as a count for each address, and never the key", async () => {
  const store = memoryStore({ clock: systemClock });
  const logger = createLogRecorder();
  const failures = createSignInFailures({ audit: store.audit, logger, everyMs: 10 });
  const auth = createKeyAuth({ keys: store.keys, clock: systemClock, logger, failures });
  const { secret } = await createApiKey({ ids: createIdGenerator(), clock: systemClock }, { name: "unknown" });
  const send = (key: string | null, address: string | null) =>
    auth
      .authenticate(new Request("http://localhost/", key === null ? {} : { headers: { "x-api-key": key } }), address)
      .catch(() => undefined);
  for (const key of [secret, secret, "no key at all"]) await send(key, "203.0.113.7");
  await send(secret, "2001:db8::1");
  await send(secret, null);
  // Who sends none tries none.
  await send(null, "203.0.113.8");

  const entries = await eventually(async () => {
    const found = await store.audit.list({ limit: 10, action: "sign_in.failed" });
    return found.length === 3 && found;
  });
  expect(counted(entries)).toEqual({ "203.0.113.7": 3, "2001:db8::1": 1, unknown: 1 });
  expect(entries.every(({ by, owner }) => by.via === "service" && owner === null)).toBe(true);
  expect(JSON.stringify([entries, logger.lines])).not.toContain(secret);
});

test("wrong tickets and signed links are counted with them", async () => {
  const store = memoryStore({ clock: systemClock });
  const logger = createLogRecorder();
  const failures = createSignInFailures({ audit: store.audit, logger });
  const auth = createKeyAuth({ keys: store.keys, clock: systemClock, logger, failures });
  const refuse = (code: ErrorCode) =>
    auth.attempt({ hash: "x", address: "203.0.113.7", open: () => Promise.reject(new AppError(code)) });
  await expect(refuse("unauthorized")).rejects.toMatchObject({ code: "unauthorized" });
  await expect(refuse("unavailable")).rejects.toMatchObject({ code: "unavailable" });
  await failures.flush();
  expect(counted(await store.audit.list({ limit: 10, action: "sign_in.failed" }))).toEqual({ "203.0.113.7": 1 });
});

test("however many addresses guess, the entries of a minute are bounded", async () => {
  const store = memoryStore({ clock: systemClock });
  const failures = createSignInFailures({ audit: store.audit, logger: createLogRecorder() });
  for (let index = 0; index < 5_000; index += 1) failures.note(`198.51.${index >> 8}.${index & 255}`);
  await failures.flush();
  const entries = await store.audit.list({ limit: 1_000 });
  expect(entries).toHaveLength(101);
  expect(counted(entries)["others"]).toBe(4_900);
});

test("a log that cannot be written fails nobody, and gets the counts once it can", async () => {
  const store = memoryStore({ clock: systemClock });
  const logger = createLogRecorder();
  let isAway = true;
  const add: typeof store.audit.add = (...entries) =>
    isAway ? Promise.reject(new Error("away")) : store.audit.add(...entries);
  const failures = createSignInFailures({ audit: { add }, logger });
  failures.note("203.0.113.7");
  await failures.flush();
  expect(logger.lines).toHaveLength(1);
  isAway = false;
  failures.note("203.0.113.7");
  await failures.flush();
  expect(counted(await store.audit.list({ limit: 10 }))).toEqual({ "203.0.113.7": 2 });
});
