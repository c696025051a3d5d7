import { describe, expect, test } from "bun:test";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { StoredResults } from "./get-storage.ts";

describe("GET /storage", () => {
  test("says how much is stored and how long it is kept", async () => {
    const { send } = createHarness();
    const answer = await send("GET", "/api/v1/storage");
    expect(StoredResults.parse(await answer.json())).toEqual({
      storedBytes: 0,
      storedFiles: 0,
      retentionSeconds: 604_800,
    });
  });

  test("takes no parameters", async () => {
    const { send } = createHarness();
    await expectProblem(await send("GET", "/api/v1/storage?owner=a"), 422, "invalid_request");
  });
});
