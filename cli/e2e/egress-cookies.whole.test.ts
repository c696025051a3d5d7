import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { EgressResource } from "@vidferry/core";
import { eventually, playabilities } from "@vidferry/testing";
import { type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

// The genuine yt-dlp, and a YouTube that shows one video to who is signed in, whom it gives a further cookie.
const limitMs = 240_000;
const video = "signedInVid";
const cookie = (name: string, value: string, expires = 2_000_000_000) =>
  [".youtube.com", "TRUE", "/", "TRUE", expires, name, value].join("\t");
let scene: Scene;
let service: Service;

beforeAll(async () => {
  scene = await setScene({
    catalogue: {
      videos: [
        {
          ...{ id: video, title: "For those who are signed in", itags: [18], playability: playabilities.loginNeeded },
          openedBy: "SESSION=s3cret",
          setCookies: ["TURN=s3cretThatIsNew; Domain=.youtube.com; Path=/; Secure; Max-Age=31536000"],
        },
        { id: "forEveryone", title: "For everyone", itags: [18] },
      ],
    },
    env: { SECRETS_KEY: "k".repeat(32) },
  });
  service = await startService(scene);
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

/** Makes an egress, and gives its resource. */
async function egressWith(name: string, cookies: string): Promise<EgressResource> {
  const response = await service.post("/egresses", {
    ...{ name, cookies, spacingSeconds: 0 },
    // PROXY_URL is that of the egress which every service has.
    proxyUrl: scene.youtube.proxyUrl,
  });
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as EgressResource;
}

const change = (id: string, body: object) =>
  fetch(`${service.url}/api/v1/egresses/${id}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function cookiesOf(id: string): Promise<EgressResource["cookies"]> {
  const response = await fetch(`${service.url}/api/v1/egresses/${id}`);
  return ((await response.json()) as EgressResource).cookies;
}

/** The cookies that YouTube was sent for a watch page, of each request. */
const sentFor = (id: string, since: number) =>
  scene.youtube.requests
    .slice(since)
    .filter((request) => request.path === "/watch" && request.query["v"] === id)
    .map((request) => request.cookie ?? "");

describe("the cookies of an egress", () => {
  test(
    "open what needs a login, are sent only where that is asked for, and are kept as the site renews them",
    async () => {
      const { id } = await egressWith("signed-in", cookie("SESSION", "s3cret"));
      expect(await cookiesOf(id)).toEqual({ present: true, checkedAt: null, valid: null });
      const request = { url: scene.youtube.url(video), egress: "signed-in" };
      expect(await service.run(request)).toMatchObject({ state: "succeeded", warnings: [] });
      expect(await cookiesOf(id)).toEqual({ present: true, checkedAt: expect.any(String), valid: true });

      const second = scene.youtube.requests.length;
      expect((await service.run(request)).state).toBe("succeeded");
      const [first = "none", ...others] = sentFor(video, second);
      expect(first).not.toContain("SESSION");
      expect(others.some((sent) => sent.includes("SESSION=s3cret") && sent.includes("TURN=s3cretThatIsNew"))).toBe(
        true,
      );
      expect(await cookiesOf(id)).toMatchObject({ valid: true });

      const third = scene.youtube.requests.length;
      const open = { url: scene.youtube.url("forEveryone"), egress: "signed-in" };
      expect((await service.run(open)).state).toBe("succeeded");
      expect(sentFor("forEveryone", third).filter((sent) => sent.includes("SESSION"))).toEqual([]);
      expect((await change(id, { cookiesUse: "always" })).status).toBe(200);
      const fourth = scene.youtube.requests.length;
      expect((await service.run(open)).state).toBe("succeeded");
      expect(sentFor("forEveryone", fourth)[0]).toContain("SESSION=s3cret");
      expect(service.log()).not.toContain("s3cret");
    },
    limitMs,
  );

  test(
    "that the site does not take any more are shown as such, until there are others",
    async () => {
      const { id } = await egressWith("signed-out", cookie("SESSION", "outdated"));
      const { id: job } = await service.submit({ url: scene.youtube.url(video), egress: "signed-out" });
      await eventually(async () => (await cookiesOf(id)).valid === false, { timeoutMs: 90_000 });
      await service.post(`/downloads/${job}/cancel`);
      expect((await change(id, { cookies: cookie("SESSION", "s3cret") })).status).toBe(200);
      expect(await cookiesOf(id)).toEqual({ present: true, checkedAt: null, valid: null });
    },
    limitMs,
  );

  test("are refused before they are kept when they can be no use", async () => {
    const { id } = await egressWith("checked", cookie("SESSION", "s3cret"));
    for (const [cookies, fault] of [
      ['[{"name": "SESSION", "value": "s3cret"}]', "not JSON"],
      [`${cookie("SESSION", "s3cret")}\nSESSION s3cret`, "line 2"],
      [cookie("SESSION", "s3cret", 1_000), "have all expired"],
    ] as const) {
      for (const answer of [
        await service.post("/egresses", { name: "never", cookies }),
        await change(id, { cookies }),
      ]) {
        const text = await answer.text();
        expect([answer.status, text]).toEqual([422, expect.stringContaining(fault)]);
        expect(JSON.parse(text)).toMatchObject({ code: "invalid_request", errors: [{ path: "/cookies" }] });
        expect(text).not.toContain("s3cret");
      }
    }
    expect(await cookiesOf(id)).toMatchObject({ present: true });
  });
});
