import { afterAll, beforeAll, expect, onTestFinished, test } from "bun:test";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  absenceOf,
  findTools,
  playabilities,
  startYouTubeDouble,
  tempDir,
  type YouTubeDouble,
} from "@vidferry/testing";
import { DownloadRequest } from "../../../../jobs/request.ts";
import { localWorkFolders } from "../../../blobs/local-disk/index.ts";
import type { JsRuntime } from "../options.ts";
import { ytDlpThrough } from "../test-downloader.ts";

// The genuine yt-dlp and the genuine plugin of bgutil, on a YouTube that lets only the mobile site play, and whose media needs a token.
const limitMs = 120_000;
const token = "tokenOfTheProvider0123456789";
let double: YouTubeDouble;
beforeAll(async () => {
  const refused = { playability: playabilities.botCheck, openTo: ["MWEB"], mediaToken: token };
  double = await startYouTubeDouble({
    catalogue: { videos: [{ id: "mobileOnly1", itags: [18], challenge: "none", ...refused }] },
  });
}, limitMs);
afterAll(() => double.stop());

const root = fileURLToPath(new URL("../../../../../../", import.meta.url));
const pluginDir = `${root}.tools/yt-dlp-plugins`;

const hasPlugin = existsSync(`${pluginDir}/bgutil`);

test.skipIf(!hasPlugin)(
  `a bot check leads to the next players, and to the provider of PO tokens for those that need one${absenceOf("bgutil", hasPlugin)}`,
  async () => {
    const asked: { readonly path: string; readonly body: unknown }[] = [];
    using provider = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const { pathname } = new URL(request.url);
        asked.push({ path: pathname, body: request.method === "POST" ? await request.json() : null });
        if (pathname === "/ping") return Response.json({ server_uptime: 1, version: "2.0.2" });
        return Response.json({ poToken: token, contentBinding: "x", expiresAt: new Date().toISOString() });
      },
    });
    await using dir = await tempDir("vidferry-tokens-");
    const tools = findTools();
    const [name = "", path = ""] = tools.jsRuntime.split(/:(.*)/s);
    const downloader = ytDlpThrough({
      binary: tools.ytDlp,
      jsRuntime: { name: name as JsRuntime["name"], path },
      proxyUrl: double.proxyUrl,
      caFile: double.caFile,
      pluginDirs: [pluginDir],
      playerClients: ["mweb"],
      tokenProviderUrl: `http://127.0.0.1:${provider.port}/`,
      warm: true,
      ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
    });
    onTestFinished(() => downloader.close());
    const folder = await localWorkFolders({ directory: dir.path }).open(`job_${"0".repeat(32)}`);
    const { signal } = new AbortController();
    const request = DownloadRequest.parse({ url: double.url("mobileOnly1") });
    const resolution = await downloader.resolve(request, { folder, signal });
    const options = { folder, signal, onProgress: () => undefined, maxBytes: null, stallMs: 30_000 };
    expect(await downloader.fetch(resolution, options)).toHaveLength(1);
    expect(asked.map((one) => one.path)).toContain("/get_pot");
    // The guard is no way out for others.
    for (const { path, body } of asked) if (path === "/get_pot") expect(body).toMatchObject({ proxy: null });
    const media = double.requests.filter((one) => one.path === "/videoplayback");
    expect(media.map(({ query }) => query["pot"])).toContain(token);
    const probe = await downloader.probe(request.url, { signal, reuse: "never" });
    expect(probe).toMatchObject({ kind: "video", media: { id: "mobileOnly1" } });
  },
  limitMs,
);
