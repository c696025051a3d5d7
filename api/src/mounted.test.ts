import { describe, expect, test } from "bun:test";
import type { JobResource } from "@vidferry/core";
import { Hono } from "hono";
import { createHarness, type HarnessOptions } from "./testing/harness.ts";
import { readFrames } from "./testing/live-server.ts";
import { makeArtifact, makeJob } from "./testing/samples.ts";

const origin = "http://localhost:3000";
const job = makeJob(1, { state: "succeeded", artifacts: [makeArtifact(1, 3)] });
const path = `/media/api/v1/downloads/${job.id}`;
const fileUrl = `${path}/files/${job.artifacts[0]?.id}`;

/** The API among the pages of somebody's own app. */
function mounted(options: HarnessOptions = {}) {
  const harness = createHarness({ ...options, config: { basePath: "/media/", ...options.config } });
  for (const one of [job, makeJob(2)]) harness.service.jobs.set(one.id, one);
  harness.service.files.set(job.artifacts[0]?.id ?? "", new Uint8Array([1, 2, 3]));
  const site = new Hono();
  site.get("/", (c) => c.text("my own page"));
  site.mount("/media", (request) => harness.app.fetch(request));
  const send = (method: string, link: string, body?: unknown, headers: Record<string, string> = {}) =>
    site.fetch(
      new Request(new URL(link, origin), {
        method,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  return { ...harness, send };
}

describe("the API under a path of another app", () => {
  test("leaves the app's own pages alone", async () => {
    expect(await (await mounted().send("GET", "/")).text()).toBe("my own page");
  });

  test("names a new job where it is", async () => {
    const { send } = mounted();
    const response = await send("POST", "/media/api/v1/downloads", { url: "https://youtu.be/dQw4w9WgXcQ" });
    expect(response.status).toBe(202);
    const location = response.headers.get("location") ?? "";
    expect(location).toStartWith("/media/api/v1/downloads/job_");
    expect((await send("GET", location)).status).toBe(200);
  });

  test("links to the next page and to files, and the links lead there", async () => {
    const { send } = mounted();
    const first = await send("GET", "/media/api/v1/downloads?limit=1");
    const [, next = ""] = /^<([^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "") ?? [];
    expect(next).toStartWith("/media/api/v1/downloads?limit=1&cursor=");
    expect((await send("GET", next)).status).toBe(200);
    const shown = (await (await send("GET", path)).json()) as JobResource;
    expect(shown.artifacts[0]?.url).toBe(fileUrl);
    const file = await send("GET", shown.artifacts[0]?.url ?? "");
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));
    const signed = (await (await send("POST", `${fileUrl}/link`, {})).json()) as { url: string };
    expect(signed.url).toStartWith(`${fileUrl}?token=`);
    expect((await send("GET", signed.url)).status).toBe(200);
  });

  test("tells the same links in its events", async () => {
    for await (const { event, data } of readFrames(await mounted().send("GET", `${path}/events`))) {
      if (event !== "job") continue;
      expect(JSON.parse(data ?? "")).toMatchObject({ artifacts: [{ url: fileUrl }] });
      return;
    }
    throw new Error("no event came");
  });

  test("explains its problems, its description and its pages under the path", async () => {
    const { send } = mounted();
    const explained = async (method: string, link: string) =>
      (await (await send(method, link)).json()) as { type: string };
    expect((await explained("GET", "/media/nope")).type).toBe("/media/docs/errors#not_found");
    expect((await explained("PUT", "/media/health")).type).toBe("/media/docs/errors#method_not_allowed");
    expect(await (await send("GET", "/media/openapi.json")).json()).toMatchObject({ servers: [{ url: "/media" }] });
    expect(await (await send("GET", "/media/")).json()).toMatchObject({
      links: { docs: "/media/docs", downloads: "/media/api/v1/downloads" },
    });
    for (const page of ["/media/docs", "/media/docs/", "/media/docs/errors"]) {
      const html = await (await send("GET", page)).text();
      for (const [, link = ""] of html.matchAll(/(?:src|href)="([^"#]+)"/g)) {
        const { pathname, origin: place } = new URL(link, origin + page);
        if (place !== origin) continue;
        expect([page, pathname, pathname.startsWith("/media/docs")]).toEqual([page, pathname, true]);
        expect((await send("GET", pathname)).status).toBe(200);
      }
    }
  });

  test("serves its dashboard there, or none", async () => {
    const html = { accept: "text/html" };
    expect(await (await mounted().send("GET", "/media/app/", undefined, html)).text()).toContain(
      '<base href="/media/">',
    );
    const { send } = mounted({ config: { dashboard: false } });
    expect((await send("GET", "/media/app/", undefined, html)).status).toBe(404);
    const links = (await (await send("GET", "/media/", undefined, html)).json()) as { links: Record<string, string> };
    expect(Object.keys(links.links)).toEqual(["downloads", "docs", "openapi", "health"]);
  });

  test("is reached by its public address instead, when it has one", async () => {
    const { send } = mounted({ config: { publicUrl: "https://example.com/media" } });
    const shown = (await (await send("GET", path)).json()) as JobResource;
    expect(shown.artifacts[0]?.url).toBe(`https://example.com${fileUrl}`);
  });
});

describe("a path of another app", () => {
  test.each(["media", "/media", "//media/"])("may be written as %j", async (basePath) => {
    const { send } = mounted({ config: { basePath } });
    expect(await (await send("GET", "/media/")).json()).toMatchObject({ links: { docs: "/media/docs" } });
  });
});
