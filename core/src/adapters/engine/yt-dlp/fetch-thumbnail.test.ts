import { afterEach, beforeEach, expect, test } from "bun:test";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { basename } from "node:path";
import { fixedEgress, type TempDir, tempDir } from "@vidferry/testing";
import type { WorkFolder } from "../../../pipeline/work-folders.ts";
import { localWorkFolders } from "../../blobs/local-disk/index.ts";
import type { Source } from "../transfer/index.ts";
import type { Engine } from "./engine.ts";
import { fetchThumbnailFile } from "./fetch-thumbnail.ts";
import { createOutputLog } from "./output-log.ts";
import type { Resolver } from "./resolve.ts";
import { createSmallFiles } from "./small-files.ts";

const pictures: Readonly<Record<string, Buffer>> = {
  "/page.jpg": Buffer.from("<!doctype html><title>not a picture</title>"),
  "/picture.jpg": Buffer.from("ffd8ffe000104a464946", "hex"),
  "/picture.png": Buffer.from("89504e470d0a1a0a0000", "hex"),
  "/picture.webp": Buffer.from("RIFF\x10\0\0\0WEBPVP8 ", "latin1"),
};

let dir: TempDir;
let folder: WorkFolder;
let server: Server;
let runs: number;
beforeEach(async () => {
  dir = await tempDir("vidferry-thumbnail");
  folder = await localWorkFolders({ directory: dir.path }).open(`job_${"0".repeat(32)}`);
  runs = 0;
  server = createServer((request, response) => {
    const body = pictures[request.url ?? ""];
    if (request.url === "/broken.jpg") return void request.socket.destroy();
    response.writeHead(body === undefined ? 404 : 200, { "content-length": body?.length ?? 0 }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await dir[Symbol.asyncDispose]();
});

async function fetchOf(names: readonly string[] | null): Promise<string | null> {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sources = names?.map((name): Source => ({ url: `${origin}/${name}`, headers: {}, chunkBytes: null })) ?? null;
  const dial = async (target: { readonly host: string; readonly port: number }) => {
    const socket = connect(target);
    await once(socket, "connect");
    return socket;
  };
  const engine: Pick<Engine, "run"> = {
    run: async () => {
      runs += 1;
      return { exitCode: 0, end: "code 0", log: createOutputLog() };
    },
  };
  const resolver: Pick<Resolver, "plan"> = {
    plan: async () => ({
      resolution: { media: {} as never, streams: [], segments: [], warnings: [] },
      sources: [],
      periods: {},
      arePeriodsPart: false,
      trimmed: {},
      laterBy: {},
      ranges: null,
      captions: null,
      pictures: sources,
      look: null,
    }),
  };
  const files = createSmallFiles({ dialThrough: async () => dial, connections: 1 }, async () => undefined);
  const egress = fixedEgress({ proxyUrl: "http://127.0.0.1:1" });
  const { signal } = new AbortController();
  const path = await fetchThumbnailFile({ engine, resolver, files, logger: undefined }, { folder, egress, signal });
  return path === null ? null : basename(path);
}

test.each(["jpg", "png", "webp"])("a thumbnail that is %s keeps its kind", async (kind) => {
  expect([await fetchOf([`picture.${kind}`]), runs]).toEqual([`thumbnail.${kind}`, 0]);
});

test("where a site sends a page or nothing, the next smaller picture is taken", async () => {
  expect([await fetchOf(["absent.jpg", "page.jpg", "picture.png", "picture.jpg"]), runs]).toEqual(["thumbnail.png", 0]);
});

test("where there is no picture at all, nobody is asked again", async () => {
  expect([await fetchOf(["absent.jpg", "page.jpg"]), await fetchOf([]), runs]).toEqual([null, null, 0]);
});

test("what breaks off, and what only yt-dlp can fetch, is left to it", async () => {
  expect([await fetchOf(["broken.jpg", "picture.jpg"]), runs]).toEqual([null, 1]);
  expect([await fetchOf(null), runs]).toEqual([null, 2]);
});
