import { expect, test } from "bun:test";
import { createServiceFixture } from "@vidferry/testing";
import { defaultBreaker, gateFor } from "./breaker.ts";
import { allEgresses } from "./choose-egress.ts";
import { directEgressId } from "./egress.ts";
import { settleUse } from "./settle-use.ts";

/** Whether YouTube can be reached through the egress that every service has, after it asked for a login for each of these videos. */
async function gateAfter(videos: number, signedIn: boolean) {
  await using fixture = await createServiceFixture();
  const { deps } = fixture;
  for (let video = 0; video < videos; video += 1) {
    const use = {
      egress: { id: directEgressId, name: "direct" },
      ...{ site: "youtube.com", purpose: "attempt" as const, token: null },
      url: `https://www.youtube.com/watch?v=sample0000${video}`,
    };
    await settleUse(deps, { breaker: defaultBreaker }, use, { code: "login_required", failure: null, signedIn });
  }
  const view = await deps.database.egresses.read();
  const direct = allEgresses(view).find(({ id }) => id === directEgressId);
  if (direct === undefined) throw new Error("every service has it");
  return gateFor(direct.condition, "youtube.com", view.now.getTime(), defaultBreaker).kind;
}

test("videos that want a login hold nobody up where none was sent: that is said of them", async () => {
  expect(await gateAfter(6, false)).toBe("open");
});

test("cookies that the site does not take any more hold the egress back after three videos", async () => {
  expect(await gateAfter(2, true)).toBe("open");
  expect(await gateAfter(3, true)).toBe("held");
});
