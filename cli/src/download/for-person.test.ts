import { expect, test } from "bun:test";
import { AppError, errorCodeNames } from "@vidferry/core";
import { endingForPerson, forPerson } from "./for-person.ts";

/** Codes that only answer requests of the API; no download ends with them. */
const ofTheApi = [
  "unauthorized",
  "forbidden",
  "invalid_state",
  "precondition_failed",
  "idempotency_conflict",
  "idempotency_in_progress",
  "rate_limit_exceeded",
  "quota_exceeded",
  "payload_too_large",
  "method_not_allowed",
  "unsupported_media_type",
  "range_not_satisfiable",
];
const spoken = errorCodeNames.filter((code) => !ofTheApi.includes(code));

test.each(spoken)("%s is told without the words of the API and of operators", (code) => {
  const { hint } = forPerson(new AppError(code));
  expect(hint).not.toMatch(
    /(POST|GET|DELETE) \/|\/probe|`|WORK_DIR|STORAGE_URL|DATABASE_URL|REDIS_URL|operator|worker|egress|request id|\bjobs?\b/i,
  );
});

test("a field that cannot be had here is told by its option", () => {
  const message = "needs a speech-to-text server, and none is set up (TRANSCRIBER_URL)";
  const fields = [{ path: "/subtitles/transcribe", message }];
  const told = forPerson(new AppError("not_configured", `subtitles.transcribe ${message}.`, { fields }));
  expect(told).toMatchObject({ code: "not_configured", detail: `--transcribe: ${message}` });
});

test("a hint of the occurrence stays, unless it speaks of the API", () => {
  const told = (hint: string) => forPerson(new AppError("unsupported_url", "No.", { hint })).hint;
  expect(told("Take the link of its first part.")).toBe("Take the link of its first part.");
  expect(told("POST /api/v1/probe lists its videos.")).not.toContain("probe");
});

test("what is not a known error is told without its stack, and what the system says as the system says it", () => {
  expect(forPerson(new TypeError("x is undefined"))).toMatchObject({ code: "internal_error" });
  expect(forPerson(new TypeError("x is undefined")).detail).not.toContain("undefined");
  const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  expect(forPerson(full)).toMatchObject({ code: "disk_full", detail: expect.stringContaining("no space left") });
  const denied = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
  expect(forPerson(denied)).toMatchObject({ code: "storage_error", hint: expect.stringContaining("--out") });
});

test("what ends the command before its first download is told like a failed one, except a fault of ours", () => {
  const full = endingForPerson(new AppError("disk_full", undefined, { permanent: true }));
  expect(full).toMatchObject({ code: "disk_full", hint: forPerson(full).hint, permanent: true });
  expect(full).toMatchObject({ hint: expect.stringContaining("--out") });
  const ours = new TypeError("x is undefined");
  expect(endingForPerson(ours)).toBe(ours);
});
