import { afterEach, beforeEach, expect, test } from "bun:test";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { type TempDir, tempDir } from "@vidferry/testing";
import { FileTooLarge, NotTransferable, RequestRefused } from "./errors.ts";
import { createSmallFileClient, type SmallFileOptions } from "./transfer-small-file.ts";

let dir: TempDir;
let server: Server | undefined;
const sockets = new Set<Socket>();
beforeEach(async () => {
  dir = await tempDir("vidferry-small-file");
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server?.close();
  await dir[Symbol.asyncDispose]();
});

/** An origin that sends these bytes for each path, and then closes the connection where the answer ends with it. */
async function origin(answers: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  let connections = 0;
  server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (head) => {
      const path = /^GET (\S+)/.exec(head.toString("latin1"))?.[1] ?? "";
      asked.push(path);
      const answer = answers[path] ?? "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnone";
      socket.write(answer, "latin1", () => {
        if (!/content-length|chunked/.test(answer)) socket.end();
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { at: (path: string) => `${base}${path}`, asked, connections: () => connections };
}

const client = (rest: Partial<SmallFileOptions> = {}) =>
  createSmallFileClient({
    dial: async (target) => {
      const socket = connect(target);
      await once(socket, "connect");
      return socket;
    },
    signal: new AbortController().signal,
    ...rest,
  });
const source = (url: string) => ({ url, headers: { "User-Agent": "sample" }, chunkBytes: null });
const caught = (promise: Promise<unknown>) => promise.then(() => null).catch((error: unknown) => error);
const chunked = (...chunks: string[]) =>
  `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks
    .map((chunk) => `${chunk.length.toString(16)};note=x\r\n${chunk}\r\n`)
    .join("")}0\r\ntrailer: x\r\n\r\n`;

test("files of a known length, in chunks, or up to the end of the connection arrive whole", async () => {
  const { at, connections } = await origin({
    "/sized": "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nsized",
    "/chunked": chunked("some ", "chunks", "\r\n0\r\n\r\n"),
    "/tiny": chunked(..."one byte each".repeat(500)),
    "/closed": "HTTP/1.1 200 OK\r\n\r\nup to the end",
  });
  const files = client();
  for (const name of ["sized", "chunked", "tiny", "closed"]) {
    await files.fetch(source(at(`/${name}`)), join(dir.path, name), 100_000);
  }
  files.close();
  const texts = ["sized", "chunked", "tiny", "closed"].map((name) => readFile(join(dir.path, name), "utf8"));
  expect(await Promise.all(texts)).toEqual([
    "sized",
    "some chunks\r\n0\r\n\r\n",
    "one byte each".repeat(500),
    "up to the end",
  ]);
  expect(connections()).toBe(1);
});

test("a file that is not there is refused with the origin's words, and the connection is used again", async () => {
  const { at, connections } = await origin({ "/there": chunked("there") });
  const files = client();
  const error = await caught(files.fetch(source(at("/absent")), join(dir.path, "absent"), 100));
  expect(error).toBeInstanceOf(RequestRefused);
  expect(error).toMatchObject({ status: 404, message: "HTTP Error 404: Not Found" });
  await files.fetch(source(at("/there")), join(dir.path, "there"), 100);
  files.close();
  expect([await readdir(dir.path), connections()]).toEqual([["there"], 1]);
});

test.each([
  ["says so", "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nxxx"],
  ["does not say so", chunked("x".repeat(60), "x".repeat(60))],
])("a file that is too large and %s is not kept", async (_, answer) => {
  const { at } = await origin({ "/large": answer });
  const files = client();
  expect(await caught(files.fetch(source(at("/large")), join(dir.path, "large"), 100))).toBeInstanceOf(FileTooLarge);
  files.close();
  expect(await readdir(dir.path)).toEqual([]);
});

test.each([
  ["encoded", "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nxxx"],
  ["encoded for the transfer", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\nxxx"],
  ["empty", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"],
  ["no HTTP", "220 ready\r\n\r\nchunked"],
  ["in chunks without a size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nsize\r\n"],
  ["in chunks that are longer than they say", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nxxx\r\n"],
  ["in chunks with endless sizes", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${"0".repeat(9_000)}`],
  ["without an end", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${"a: b\r\n".repeat(500)}`],
])("an answer that is %s is left to another downloader, and nothing is kept of it", async (_, answer) => {
  const { at } = await origin({ "/odd": answer });
  const files = client({ idleMs: 2_000 });
  expect(await caught(files.fetch(source(at("/odd")), join(dir.path, "odd"), 10_000))).toBeInstanceOf(NotTransferable);
  files.close();
  expect(await readdir(dir.path)).toEqual([]);
});

test("an abort ends it with the signal's reason", async () => {
  const { at, asked } = await origin({ "/slow": "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfour" });
  const abort = new AbortController();
  const reason = new Error("cancelled");
  const files = client({ signal: abort.signal });
  const fetching = caught(files.fetch(source(at("/slow")), join(dir.path, "slow"), 100));
  while (asked.length === 0) await Bun.sleep(1);
  abort.abort(reason);
  expect(await fetching).toBe(reason);
  expect(await readdir(dir.path)).toEqual([]);
});

test("reads a part of a file, and of one that comes whole the beginning alone", async () => {
  const part = "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 4-7/9\r\ncontent-length: 4\r\n\r\n4567";
  const other = part.replace("bytes 4-7", "bytes 0-3");
  const whole = `HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n${"0123456789".repeat(10_000)}`;
  const { at } = await origin({ "/part": part, "/other": other, "/whole": whole });
  const files = client();
  expect((await files.read(source(at("/part")), 4, 4)).toString()).toBe("4567");
  expect((await files.read(source(at("/whole")), 0, 5)).toString()).toBe("01234");
  expect(await caught(files.read(source(at("/whole")), 5, 5))).toBeInstanceOf(RequestRefused);
  expect(await caught(files.read(source(at("/other")), 4, 4))).toBeInstanceOf(RequestRefused);
  expect(await caught(files.read(source(at("/none")), 0, 5))).toBeInstanceOf(RequestRefused);
  files.close();
});
