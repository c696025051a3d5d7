import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, open, readdir, readFile, stat, truncate, unlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, type TempDir, tempDir } from "@vidferry/testing";
import { FileTooLarge, NotTransferable, TransferFailed } from "./errors.ts";
import { type TransferOptions, type TransferTask, transferFile } from "./transfer-file.ts";

const mebibyte = 1 << 20;
const limitMs = 180_000;

/** Bytes of which no two blocks are alike, so that nothing can stand in the wrong place unseen. */
function noise(bytes: number, seed: number): Buffer {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  let state = seed;
  for (let index = 0; index < words.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[index] = state;
  }
  return Buffer.from(words.buffer, 0, bytes);
}
const file = noise(10 * mebibyte + 12_345, 1);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

interface Asked {
  readonly range: string | null;
  readonly ifRange: string | null;
  readonly headers: IncomingMessage["headers"];
}
interface Scene {
  readonly url: string;
  readonly asked: Asked[];
  /** Connections that are open now, and the most there were. */
  readonly connections: { now: number; most: number };
}
type Handler = (request: IncomingMessage, response: ServerResponse, turn: number) => unknown;

const cleanups: (() => unknown)[] = [];
let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir("vidferry-transfer");
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await dir[Symbol.asyncDispose]();
});

async function origin(handler: Handler): Promise<Scene> {
  const asked: Asked[] = [];
  const connections = { now: 0, most: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    response.on("error", () => undefined);
    const { range = null, "if-range": ifRange = null } = request.headers;
    asked.push({ range, ifRange: ifRange === null ? null : String(ifRange), headers: request.headers });
    handler(request, response, asked.length);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    connections.now += 1;
    connections.most = Math.max(connections.most, connections.now);
    socket.on("error", () => undefined);
    socket.once("close", () => {
      sockets.delete(socket);
      connections.now -= 1;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/clip.mp4?sig=a%2Fb`, asked, connections };
}

/** What is asked for of a file, as [start, end[; null: all of it. */
function rangeOf(request: IncomingMessage, size: number): [number, number] | null {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  return from === undefined ? null : [Number(from), Math.min(to ? Number(to) + 1 : size, size)];
}
/** Answers as a good server does. */
function serve(request: IncomingMessage, response: ServerResponse, bytes: Buffer, tag: string | null = '"one"') {
  const range = rangeOf(request, bytes.length);
  const headers = tag === null ? {} : { etag: tag };
  const isOther = request.headers["if-range"] !== undefined && request.headers["if-range"] !== tag;
  if (range === null || isOther) {
    response.writeHead(200, { ...headers, "content-length": bytes.length }).end(bytes);
    return;
  }
  const [start, end] = range;
  if (start >= bytes.length) {
    response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    return;
  }
  const head = { "content-range": `bytes ${start}-${end - 1}/${bytes.length}`, "content-length": end - start };
  response.writeHead(206, { ...headers, ...head }).end(bytes.subarray(start, end));
}
/** Sends the head of a good answer and only so many bytes of its body. */
function sendPart(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: number,
  after: "break" | "stall",
  tag: string | null = '"one"',
) {
  const [start, end] = rangeOf(request, file.length) ?? [0, file.length];
  const head = { "content-range": `bytes ${start}-${end - 1}/${file.length}`, "content-length": end - start };
  response.writeHead(206, { ...(tag !== null && { etag: tag }), ...head });
  response.write(file.subarray(start, Math.min(end, start + bytes)), () => {
    if (after === "break") setTimeout(() => response.destroy(), 20);
  });
}

const dial: TransferOptions["dial"] = async ({ host, port }) => {
  const socket = connect({ host, port });
  await once(socket, "connect");
  return socket;
};
const task = (url: string, rest: Partial<TransferTask> = {}): TransferTask => ({
  source: { url, headers: { "User-Agent": "sample" }, chunkBytes: null },
  partPath: join(dir.path, "clip.part"),
  path: join(dir.path, "clip.mp4"),
  expectedBytes: null,
  digest: true,
  ...rest,
});
const options = (rest: Partial<TransferOptions> = {}): TransferOptions => ({
  dial,
  connections: 4,
  takePlace: () => () => undefined,
  maxBytes: null,
  signal: new AbortController().signal,
  onBytes: () => undefined,
  ...rest,
});
const caught = (work: Promise<unknown>) => work.then(() => null).catch((error: unknown) => error);

/** The file is there, byte for byte, and nothing else. */
async function expectWhole(found: { bytes: number; sha256: string | null }, bytes = file): Promise<void> {
  expect(found).toEqual({ bytes: bytes.length, sha256: sha256(bytes) });
  expect((await readFile(join(dir.path, "clip.mp4"))).equals(bytes)).toBe(true);
  expect(await readdir(dir.path)).toEqual(["clip.mp4"]);
}
/** The bytes that were asked for, each once. */
function expectNothingTwice(asked: readonly Asked[], from = 0): void {
  const ranges = asked
    .map(({ range }) => (/^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? []).slice(1).map(Number))
    .sort(([one = 0], [other = 0]) => one - other);
  let at = from;
  for (const [start = -1, end = -1] of ranges) {
    expect(start).toBe(at);
    at = end + 1;
  }
  expect(at).toBeGreaterThanOrEqual(file.length);
}

describe("a transfer", () => {
  test("fetches each byte once, over several connections, and works out the digest", async () => {
    const scene = await origin((request, response) => void setTimeout(() => serve(request, response, file), 20));
    const seen: number[] = [];
    await expectWhole(await transferFile(task(scene.url), options({ onBytes: (done) => seen.push(done) })));
    expectNothingTwice(scene.asked);
    expect(scene.connections.most).toBe(4);
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
    expect(seen.at(-1)).toBe(file.length);
    await eventually(() => scene.connections.now === 0);
  });

  test("sends what the source wants to be told, and leaves the address as it is", async () => {
    let path = "";
    const scene = await origin((request, response) => {
      path = request.url ?? "";
      serve(request, response, file);
    });
    await transferFile(task(scene.url), options());
    expect(path).toBe("/clip.mp4?sig=a%2Fb");
    expect(scene.asked[0]?.headers).toMatchObject({ "user-agent": "sample", "accept-encoding": "identity" });
    expect(scene.asked.slice(1).every(({ ifRange }) => ifRange === '"one"')).toBe(true);
  });

  test.each([1, 2])("opens no more than %d connections when told so", async (connections) => {
    const scene = await origin((request, response) => void setTimeout(() => serve(request, response, file), 10));
    await expectWhole(await transferFile(task(scene.url), options({ connections })));
    expect(scene.connections.most).toBe(connections);
  });

  test("flushes all of it before it gives it its name", async () => {
    const { url } = await origin((request, response) => serve(request, response, file));
    const other = await open(join(dir.path, "other"), "w");
    const handles = Object.getPrototypeOf(other) as typeof other;
    await other.close();
    await unlink(join(dir.path, "other"));
    let unflushed = 0;
    const { datasync } = handles;
    const counted = (name: "write" | "writev") => {
      const own = handles[name] as (...args: unknown[]) => unknown;
      const counting = function (this: typeof other, ...args: unknown[]) {
        unflushed += 1;
        return own.apply(this, args);
      };
      return spyOn(handles, name).mockImplementation(counting as never);
    };
    const flushing = async function (this: typeof other) {
      const before = unflushed;
      await datasync.apply(this);
      if (!existsSync(join(dir.path, "clip.mp4"))) unflushed -= before;
    };
    const writes = [counted("write"), counted("writev")];
    const spies = [...writes, spyOn(handles, "datasync").mockImplementation(flushing)];
    cleanups.push(() => spies.map((spy) => spy.mockRestore()));
    await expectWhole(await transferFile(task(url), options()));
    expect(writes.flatMap((spy) => spy.mock.calls).length).toBeGreaterThan(0);
    expect(unflushed).toBe(0);
  });

  test("makes do with one connection when the process has no place for more", async () => {
    const scene = await origin((request, response) => void setTimeout(() => serve(request, response, file), 10));
    await expectWhole(await transferFile(task(scene.url), options({ takePlace: () => null })));
    expect(scene.connections.most).toBe(1);
  });

  test("gives every place back", async () => {
    let places = 0;
    const takePlace = () => {
      places += 1;
      return () => {
        places -= 1;
      };
    };
    const scene = await origin((request, response) => serve(request, response, file));
    await transferFile(task(scene.url), options({ takePlace }));
    expect(places).toBe(0);
    const broken = await origin((request, response, turn) => {
      if (turn < 3) serve(request, response, file);
      else response.writeHead(403).end();
    });
    await caught(transferFile(task(broken.url, { path: join(dir.path, "other") }), options({ takePlace })));
    expect(places).toBe(0);
  });

  test("asks for no more at once than the source likes", async () => {
    const scene = await origin((request, response) => serve(request, response, file));
    const source = { url: scene.url, headers: {}, chunkBytes: 300_000 };
    await expectWhole(await transferFile(task(scene.url, { source, expectedBytes: file.length }), options()));
    for (const { range } of scene.asked) {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
      expect(Number(to) - Number(from)).toBeLessThan(300_000);
    }
    expectNothingTwice(scene.asked);
  });

  test("follows a redirect once, and tells the next host nothing that is meant for the first", async () => {
    const target = await origin((request, response) => serve(request, response, file));
    const scene = await origin((_request, response) => void response.writeHead(302, { location: target.url }).end());
    const headers = { Authorization: "secret", "X-Kept": "yes" };
    await expectWhole(
      await transferFile(task(scene.url, { source: { url: scene.url, headers, chunkBytes: null } }), options()),
    );
    expect(scene.asked).toHaveLength(1);
    expect(scene.asked[0]?.headers.authorization).toBe("secret");
    expect(
      target.asked.every(({ headers: sent }) => sent.authorization === undefined && sent["x-kept"] === "yes"),
    ).toBe(true);
  });
});

describe("an origin that is no friend", () => {
  test(
    "that announces answers without end and gives none is left to another downloader",
    async () => {
      const flood = Buffer.from("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(400));
      const server = createTcpServer((socket) => {
        const send = () => {
          while (!socket.destroyed && socket.write(flood));
        };
        socket.on("error", () => undefined);
        socket.on("drain", send);
        socket.once("data", send);
        cleanups.push(() => socket.destroy());
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      cleanups.push(() => server.close());
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clip.mp4`;
      expect(await caught(transferFile(task(url), options()))).toBeInstanceOf(NotTransferable);
    },
    limitMs,
  );

  test(
    "that fills its headers with blanks does not keep the process from its work",
    async () => {
      const blanks = `X-Long: a${" ".repeat(60_000)}b`;
      const server = createTcpServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => {
          socket.write(`HTTP/1.1 103 Early Hints\r\n${blanks}\r\n\r\n`.repeat(10));
          socket.end(`HTTP/1.1 200 OK\r\n${blanks}\r\nContent-Length: 4\r\n\r\nclip`);
        });
        cleanups.push(() => socket.destroy());
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      cleanups.push(() => server.close());
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clip.mp4`;
      await expectWhole(await transferFile(task(url), options()), Buffer.from("clip"));
    },
    limitMs,
  );

  test("whose file became a larger one before a byte of it came gives the new one", async () => {
    const newer = noise(3 * mebibyte, 6);
    const scene = await origin((request, response, turn) => {
      if (turn > 1) return serve(request, response, newer, '"two"');
      const head = { "content-range": "bytes 0-499999/500000", "content-length": 500_000 };
      response.writeHead(206, { etag: '"one"', ...head }).flushHeaders();
      setTimeout(() => response.destroy(), 100);
    });
    await expectWhole(await transferFile(task(scene.url), options()), newer);
  });

  const enemies: readonly (readonly [string, Handler])[] = [
    [
      "ignores ranges",
      (_request, response) => void response.writeHead(200, { "content-length": file.length }).end(file),
    ],
    [
      "ignores them from the second request on",
      (request, response, turn) => {
        if (turn === 1) serve(request, response, file);
        else response.writeHead(200, { "content-length": file.length }).end(file);
      },
    ],
    ["says nothing that identifies the file", (request, response) => serve(request, response, file, null)],
    ["names the file by a weak tag", (request, response) => serve(request, response, file, 'W/"one"')],
    [
      "breaks off each third answer",
      (request, response, turn) =>
        turn % 3 === 0 ? sendPart(request, response, 200_000, "break") : serve(request, response, file),
    ],
    [
      "closes the connection after each answer",
      (request, response) => {
        response.setHeader("connection", "close");
        serve(request, response, file);
      },
    ],
    [
      "sends less than it was asked for",
      (request, response) => {
        const [start, end] = rangeOf(request, file.length) ?? [0, file.length];
        const stop = Math.min(end, start + 700_000);
        response
          .writeHead(206, {
            "content-range": `bytes ${start}-${stop - 1}/${file.length}`,
            "content-length": stop - start,
          })
          .end(file.subarray(start, stop));
      },
    ],
    [
      "answers 416 to what lies in the file",
      (request, response, turn) => {
        if (turn === 2) response.writeHead(416).end();
        else serve(request, response, file);
      },
    ],
    [
      "sends other bytes than were asked for, and says so",
      (request, response, turn) => {
        const wrong = `bytes=${turn === 2 ? 0 : 1}-1048576`;
        if (turn === 2 || turn === 3) request.headers.range = wrong;
        serve(request, response, file);
      },
    ],
    [
      "takes one connection and refuses the others",
      (request, response, turn) => {
        if (turn === 2 || turn === 3) response.writeHead(429).end();
        else serve(request, response, file);
      },
    ],
    [
      "is overloaded for a short time",
      (request, response, turn) => {
        if (turn > 1 && turn < 6) response.writeHead(503).end();
        else serve(request, response, file);
      },
    ],
  ];
  test.each(enemies)(
    "that %s still gives the file, byte for byte",
    async (_, handler) => {
      const scene = await origin(handler);
      await expectWhole(await transferFile(task(scene.url), options()));
    },
    limitMs,
  );

  test(
    "that replaces the file on the way gives the new one, and nothing of the old",
    async () => {
      const newer = noise(file.length, 2);
      const scene = await origin((request, response, turn) => {
        if (turn <= 3) serve(request, response, file);
        else serve(request, response, newer, '"two"');
      });
      await expectWhole(await transferFile(task(scene.url), options()), newer);
    },
    limitMs,
  );

  test(
    "that replaces it by one of another size, without a word, does so too",
    async () => {
      const newer = noise(7 * mebibyte, 3);
      const scene = await origin((request, response, turn) => serve(request, response, turn <= 3 ? file : newer, null));
      await expectWhole(await transferFile(task(scene.url), options()), newer);
    },
    limitMs,
  );

  test.each([
    ["without a word", null],
    ["under the same weak tag", 'W/"one"'],
  ])(
    "that breaks off, and replaces it by one of the same size %s, does so too",
    async (_, tag) => {
      const newer = noise(file.length, 11);
      for (const connections of [1, 4]) {
        const scene = await origin((request, response, turn) => {
          if (turn === 1) sendPart(request, response, 600_000, "break", tag);
          else serve(request, response, newer, tag);
        });
        await expectWhole(await transferFile(task(scene.url), options({ connections })), newer);
      }
    },
    limitMs,
  );

  test("that replaces it each time is given up", async () => {
    const scene = await origin((request, response, turn) => serve(request, response, file, `"${turn}"`));
    // In one go there is nothing that could be mixed up.
    await expectWhole(await transferFile(task(scene.url), options()));
    const breaking = await origin((_request, response, turn) => {
      response.writeHead(200, { "content-length": file.length, etag: `"${turn}"` });
      response.write(file.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 20));
    });
    const error = await caught(transferFile(task(breaking.url, { path: join(dir.path, "other") }), options()));
    expect(error).toBeInstanceOf(TransferFailed);
  });

  test.each([
    [
      "does not say how long the file is",
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(200).end("x"),
    ],
    [
      "packs the file",
      (_: IncomingMessage, response: ServerResponse) =>
        void response.writeHead(200, { "content-encoding": "gzip", "content-length": 1 }).end("x"),
    ],
    [
      "has an empty file",
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(200, { "content-length": 0 }).end(),
    ],
    [
      "refuses it",
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(403, { "content-length": 0 }).end(),
    ],
    [
      "speaks no HTTP",
      (_: IncomingMessage, response: ServerResponse) => void response.socket?.end("SSH-2.0-x\r\n\r\n"),
    ],
    [
      "turns in a circle",
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(302, { location: "/again" }).end(),
    ],
    [
      "leads out of the web",
      (_: IncomingMessage, response: ServerResponse) =>
        void response.writeHead(302, { location: "file:///etc/passwd" }).end(),
    ],
  ])("that %s is left to another downloader", async (_, handler) => {
    const scene = await origin(handler);
    expect(await caught(transferFile(task(scene.url), options()))).toBeInstanceOf(NotTransferable);
  });

  test("that cannot be reached is left to another downloader", async () => {
    const refusing = options({ dial: () => Promise.reject(new Error("Host not allowed")) });
    expect(await caught(transferFile(task("http://10.0.0.1/"), refusing))).toBeInstanceOf(NotTransferable);
  });

  test("that refuses the rest of the file says why, and what is there is continued later", async () => {
    let open = false;
    const scene = await origin((request, response, turn) => {
      if (turn <= 3 || open) serve(request, response, file);
      else response.writeHead(403, { "content-length": 0 }).end();
    });
    const error = await caught(transferFile(task(scene.url), options({ connections: 1 })));
    expect(error).toBeInstanceOf(TransferFailed);
    expect(String(error)).toContain("HTTP Error 403");
    open = true;
    const before = scene.asked.length;
    await expectWhole(await transferFile(task(scene.url), options()));
    const [first] = scene.asked.slice(before);
    expect(Number(/\d+/.exec(first?.range ?? "")?.[0])).toBeGreaterThan(2 * mebibyte);
    expect(first?.ifRange).toBe('"one"');
  });

  test("that falls silent on a connection is asked over another one", async () => {
    const scene = await origin((request, response, turn) =>
      turn % 4 === 2 ? sendPart(request, response, 100_000, "stall") : serve(request, response, file),
    );
    await expectWhole(await transferFile(task(scene.url), options({ idleMs: 200 })));
  });

  test("whose file is too large is not fetched", async () => {
    const scene = await origin((request, response) => serve(request, response, file));
    const error = await caught(transferFile(task(scene.url), options({ maxBytes: 1_000 })));
    expect(error).toBeInstanceOf(FileTooLarge);
    expect(await stat(join(dir.path, "clip.part"))).toMatchObject({ size: 0 });
  });
});

describe("a transfer that is broken off", () => {
  /** Serves the first four requests, and stalls in the middle of each later one. */
  const halting = () =>
    origin((request, response, turn) =>
      turn <= 4 ? serve(request, response, file) : sendPart(request, response, 300_000, "stall"),
    );
  const breakOff = async (url: string) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let done = 0;
    const running = caught(
      transferFile(
        task(url),
        options({
          signal: controller.signal,
          onBytes: (bytes) => {
            done = bytes;
          },
        }),
      ),
    );
    await eventually(() => done > 5 * mebibyte);
    controller.abort(reason);
    expect(await running).toBe(reason);
    return done;
  };

  test("ends with the signal's reason, closes everything, and goes on where it was", async () => {
    const scene = await halting();
    const done = await breakOff(scene.url);
    await eventually(() => scene.connections.now === 0);
    const again = await origin((request, response) => serve(request, response, file));
    let asked = 0;
    await expectWhole(await transferFile(task(again.url), options()));
    for (const { range } of again.asked) {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
      asked += Number(to) + 1 - Number(from);
    }
    expect(asked).toBe(file.length - done);
  });

  test("goes on with nothing of a file that is another one now", async () => {
    await breakOff((await halting()).url);
    const newer = noise(file.length, 4);
    const again = await origin((request, response) => serve(request, response, newer, '"two"'));
    await expectWhole(await transferFile(task(again.url), options()), newer);
  });

  test("goes on with nothing of a part that was cut off, or whose note is none", async () => {
    for (const spoil of [
      () => truncate(join(dir.path, "clip.part"), 1_000),
      () => writeFile(join(dir.path, "clip.part.json"), "{"),
      () =>
        writeFile(
          join(dir.path, "clip.part.json"),
          '{"version":1,"identity":{"size":9},"done":[{"start":0,"end":10}]}',
        ),
    ]) {
      await breakOff((await halting()).url);
      await spoil();
      const again = await origin((request, response) => serve(request, response, file));
      await expectWhole(await transferFile(task(again.url), options()));
    }
  });

  test("leaves nothing of a longer part of which nothing was noted", async () => {
    await writeFile(join(dir.path, "clip.part"), noise(5 * mebibyte, 7));
    const shorter = noise(3 * mebibyte, 5);
    const scene = await origin((request, response) => serve(request, response, shorter));
    await expectWhole(await transferFile(task(scene.url), options()), shorter);
  });

  test("goes on with nothing of a file whose weak tag is another one now", async () => {
    const old = await origin((request, response, turn) => {
      if (turn === 1) serve(request, response, file, 'W/"one"');
      else response.writeHead(404).end();
    });
    await caught(transferFile(task(old.url), options()));
    const newer = noise(file.length, 8);
    const again = await origin((request, response) => serve(request, response, newer, 'W/"two"'));
    await expectWhole(await transferFile(task(again.url), options()), newer);
  });

  test("goes on with nothing of a file that only its content tells apart from another one of its size", async () => {
    const old = await origin((request, response, turn) => {
      if (turn === 1) serve(request, response, file, null);
      else response.writeHead(404).end();
    });
    await caught(transferFile(task(old.url), options()));
    const newer = noise(file.length, 9);
    const again = await origin((request, response) => serve(request, response, newer, null));
    await expectWhole(await transferFile(task(again.url), options()), newer);
  });

  test("leaves nothing of what follows a file that has become shorter", async () => {
    await breakOff((await halting()).url);
    await appendFile(join(dir.path, "clip.part"), "more");
    const shorter = noise(3 * mebibyte, 5);
    const again = await origin((request, response) => serve(request, response, shorter, '"two"'));
    await expectWhole(await transferFile(task(again.url), options()), shorter);
  });

  test(
    "by kill -9 asks the next time for what was not on the disk yet, and for nothing else",
    async () => {
      const scene = await halting();
      const program = join(dir.path, "owner.ts");
      const module = JSON.stringify(fileURLToPath(new URL("transfer-file.ts", import.meta.url)));
      await writeFile(
        program,
        `import { once } from "node:events";
         import { connect } from "node:net";
         import { transferFile } from ${module};
         await transferFile(${JSON.stringify(task(scene.url))}, {
           dial: async (at) => { const socket = connect(at); await once(socket, "connect"); return socket; },
           connections: 4, takePlace: () => () => undefined, maxBytes: null,
           signal: new AbortController().signal, onBytes() {},
         });`,
      );
      const owner = spawn(process.execPath, [program], { stdio: "ignore" });
      const note = join(dir.path, "clip.part.json");
      const noted = async () =>
        (JSON.parse(await readFile(note, "utf8")) as { done: { start: number; end: number }[] }).done.reduce(
          (sum, { start, end }) => sum + end - start,
          0,
        );
      await eventually(async () => (await noted().catch(() => 0)) > 4 * mebibyte);
      const gone = once(owner, "exit");
      owner.kill("SIGKILL");
      await gone;
      const kept = await noted();
      const again = await origin((request, response) => serve(request, response, file));
      const found = await transferFile(task(again.url), options());
      expect(found).toEqual({ bytes: file.length, sha256: sha256(file) });
      expect((await readFile(join(dir.path, "clip.mp4"))).equals(file)).toBe(true);
      const asked = again.asked
        .map(({ range }) => /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [])
        .reduce((sum, [, from, to]) => sum + Number(to) + 1 - Number(from), 0);
      expect(asked).toBe(file.length - kept);
    },
    limitMs,
  );

  test("between the last byte and the move of the file asks for nothing", async () => {
    const scene = await origin((request, response) => serve(request, response, file));
    await writeFile(join(dir.path, "clip.part"), file);
    const note = {
      version: 1,
      identity: { size: file.length, validator: '"one"' },
      done: [{ start: 0, end: file.length }],
    };
    await writeFile(join(dir.path, "clip.part.json"), JSON.stringify(note));
    await expectWhole(await transferFile(task(scene.url), options()));
    expect(scene.asked).toEqual([]);
  });
});
