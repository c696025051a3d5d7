import { describe, expect, test } from "bun:test";
import { AppError } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { startHarness } from "../../testing/live-server.ts";
import { textOf } from "./utf8.ts";

const request = (label: string) => JSON.stringify({ url: "https://youtu.be/dQw4w9WgXcQ", labels: { name: label } });
const latin1 = Buffer.from(request("café"), "latin1");
const headers = { "content-type": "application/json" };

describe("a body that is not UTF-8", () => {
  test("is refused, and the next one is read", () => {
    expect(() => textOf(latin1)).toThrow(AppError);
    expect(textOf(Buffer.from("\ufeffcafé"))).toBe("café");
  });

  test.each([
    ["at once", () => latin1],
    ["in chunks", () => new Blob([latin1]).stream()],
  ])("creates no job with other characters than were meant, sent %s", async (_how, body) => {
    const { url, service } = await startHarness();
    const response = await fetch(`${url}/api/v1/downloads`, { method: "POST", headers, body: body() });
    const problem = await expectProblem(response, 422, "invalid_request");
    expect(problem.hint).toContain("UTF-8");
    expect(service.submitted).toEqual([]);
  });

  test("is refused as well where no server of ours stands in front", async () => {
    const { app, service } = createHarness();
    const response = await app.request("/api/v1/downloads", { method: "POST", headers, body: latin1 });
    await expectProblem(response, 422, "invalid_request");
    expect(service.submitted).toEqual([]);
  });
});

test("a replacement character that was really sent is taken", async () => {
  const { app, service } = createHarness();
  const body = request("caf\ufffd 🎬");
  expect((await app.request("/api/v1/downloads", { method: "POST", headers, body })).status).toBe(202);
  expect(service.submitted).toHaveLength(1);
});
