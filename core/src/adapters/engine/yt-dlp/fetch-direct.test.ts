import { expect, test } from "bun:test";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tempDir } from "@vidferry/testing";
import type { DirectSource } from "./direct-sources.ts";
import { createDirectFetcher } from "./fetch-direct.ts";
import { createProgressMeter } from "./fetch-progress.ts";
import { openWorkArea } from "./work-area.ts";

test("streams whose names look alike on the disk are different files", async () => {
  const server = createServer((request, response) => {
    const body = `bytes of ${request.url}`;
    response.writeHead(200, { "content-length": body.length }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await using dir = await tempDir("vidferry-direct");
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const long = "x".repeat(100);
    const sources = ["a/b", "a:b", `${long}1`, `${long}2`].map(
      (formatId, index): DirectSource => ({
        formatId,
        url: `${origin}/${index}`,
        extension: "mp4",
        headers: {},
        chunkBytes: null,
      }),
    );
    const streams = sources.map(({ formatId }) => ({ formatId, hasVideo: true, hasAudio: true, bytes: null }));
    const dial = async (target: { readonly host: string; readonly port: number }) => {
      const socket = connect(target);
      await once(socket, "connect");
      return socket;
    };
    const options = { dialThrough: async () => dial, connections: 1 };
    const fetcher = createDirectFetcher(options, async () => undefined, undefined);
    const area = await openWorkArea(dir.path);
    await mkdir(area.media);
    const fetched = await fetcher.fetch(streams, {
      sources,
      ranges: null,
      proxyUrl: "http://127.0.0.1:1",
      area,
      meter: createProgressMeter(streams),
      onProgress: () => undefined,
      maxBytes: null,
      stallMs: 30_000,
      deadlineMs: 30_000,
      signal: new AbortController().signal,
      now: () => new Date(),
    });
    const texts = await Promise.all(fetched.map(({ path }) => readFile(path, "utf8")));
    expect(texts).toEqual(sources.map((_, index) => `bytes of /${index}`));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
