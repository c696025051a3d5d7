import { afterEach, beforeEach, expect, test } from "bun:test";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { type TempDir, tempDir } from "@vidferry/testing";
import { FileTooLarge } from "./errors.ts";
import { type ChooseSpans, transferFile } from "./transfer-file.ts";

const mebibyte = 1 << 20;
const content = Buffer.from(Uint32Array.from({ length: 2 * mebibyte }, (_, index) => index * 2_654_435_761).buffer);
const spans = [
  { start: 0, end: 70_000 },
  { start: 3 * mebibyte, end: 5 * mebibyte },
];

let dir: TempDir;
let url: string;
let sent: number;
let handler: (request: IncomingMessage, response: ServerResponse) => void;
const sockets = new Set<Socket>();
const server = createServer((request, response) => handler(request, response));
server.on("connection", (socket: Socket) => {
  sockets.add(socket);
  socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
});

beforeEach(async () => {
  dir = await tempDir("vidferry-parts");
  sent = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clip.mp4`;
  handler = ranged(content, '"one"');
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => server.close(done));
  await dir[Symbol.asyncDispose]();
});

const ranged = (bytes: Buffer, etag: string) => (request: IncomingMessage, response: ServerResponse) => {
  const [, first = "", last = ""] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const part = bytes.subarray(Number(first), Number(last) + 1);
  sent += part.length;
  const end = Number(first) + part.length - 1;
  const headers = { etag, "content-length": part.length, "content-range": `bytes ${first}-${end}/${bytes.length}` };
  response.writeHead(206, headers).end(part);
};
const transfer = (choose: ChooseSpans, maxBytes: number | null = null) =>
  transferFile(
    {
      source: { url, headers: {}, chunkBytes: null },
      partPath: join(dir.path, "clip.part"),
      path: join(dir.path, "clip"),
      expectedBytes: content.length,
      digest: false,
      choose,
    },
    {
      dial: async (target) => {
        const socket = connect(target);
        await once(socket, "connect");
        return socket;
      },
      connections: 4,
      takePlace: () => () => undefined,
      maxBytes,
      signal: new AbortController().signal,
      onBytes: () => undefined,
    },
  );

test("of a file whose parts are chosen only those are fetched, and the rest is a hole", async () => {
  const seen: Buffer[] = [];
  const { bytes } = await transfer(async (file) => {
    expect(file.size).toBe(content.length);
    seen.push(await file.read(100, 50), await file.read(content.length - 8, 100));
    return spans;
  });
  expect(seen).toEqual([content.subarray(100, 150), content.subarray(content.length - 8)]);
  const path = join(dir.path, "clip");
  const fetched = await readFile(path);
  expect((await stat(path)).size).toBe(content.length);
  for (const { start, end } of spans)
    expect(fetched.subarray(start, end).equals(content.subarray(start, end))).toBe(true);
  expect(fetched.subarray(mebibyte, 2 * mebibyte).every((byte) => byte === 0)).toBe(true);
  expect(sent).toBe(bytes);
  expect(sent).toBeLessThan(2.2 * mebibyte);
});

test("what an earlier transfer has fetched of the parts is not fetched again", async () => {
  const failed = transfer(async (file) => {
    await file.read(3 * mebibyte, mebibyte);
    throw new Error("the process ends here");
  });
  expect(await failed.catch((error: Error) => error.message)).toBe("the process ends here");
  const before = sent;
  await transfer(async () => spans);
  expect(sent - before).toBeLessThan(1.1 * mebibyte);
  expect((await readFile(join(dir.path, "clip"))).subarray(3 * mebibyte, 5 * mebibyte)).toEqual(
    content.subarray(3 * mebibyte, 5 * mebibyte),
  );
});

test("when nothing is chosen, or the origin gives no pieces, the whole file is fetched", async () => {
  await transfer(async () => null);
  expect((await readFile(join(dir.path, "clip"))).equals(content)).toBe(true);
  handler = (_, response) => response.writeHead(200, { "content-length": content.length }).end(content);
  let asked = 0;
  await transfer(async () => {
    asked += 1;
    return spans;
  });
  expect(asked).toBe(0);
  expect((await readFile(join(dir.path, "clip"))).equals(content)).toBe(true);
});

test("the parts are chosen anew when the file is another one by now", async () => {
  const other = Buffer.from(content).fill(7, 0, 64);
  let chosen = 0;
  await transfer(async (file) => {
    chosen += 1;
    const head = await file.read(0, 8);
    if (chosen === 1) handler = ranged(other, '"two"');
    else expect(head).toEqual(other.subarray(0, 8));
    return spans;
  });
  expect(chosen).toBe(2);
  expect((await readFile(join(dir.path, "clip"))).subarray(0, 70_000)).toEqual(other.subarray(0, 70_000));
});

test("a limit counts what is fetched, not how long the file is", async () => {
  const most = 3 * mebibyte;
  const { bytes } = await transfer(async () => spans, most);
  expect(bytes).toBeLessThan(most);
  const tooLarge = (choose: ChooseSpans) => expect(transfer(choose, most)).rejects.toBeInstanceOf(FileTooLarge);
  await tooLarge(async () => null);
  await tooLarge(async () => [{ start: 0, end: most + 1 }]);
  handler = (_, response) => response.writeHead(200, { "content-length": content.length }).end(content);
  await tooLarge(async () => spans);
});
