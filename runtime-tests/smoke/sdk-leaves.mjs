// Uses what begins timers and connections, and lets each go in the middle: `sdk-leaves.mjs <base URL> <id of a job that is over> <folder>`.
// Ends by itself, which it would not with a connection left open, and tells which of the client's timers are left.
import { Vidferry } from "@vidferry/sdk";

const [baseUrl, over, folder] = (globalThis.Deno?.args ?? globalThis.process.argv.slice(2)).slice(-3);
const { setTimeout: begin, clearTimeout: end } = globalThis;
const left = new Map();
let begun = 0;
globalThis.setTimeout = (work, ms, ...args) => {
  const [, caller = ""] = new Error("who asks").stack.split("\n").filter((line) => /:\d+/.test(line));
  const timer = begin(() => {
    left.delete(timer);
    work(...args);
  }, ms);
  // Those of the platform's own fetch are its business.
  if (/[\\/]sdk[\\/]/.test(caller)) left.set(timer, `${ms} ms ${caller.trim()}`);
  begun += left.has(timer) ? 1 : 0;
  return timer;
};
globalThis.clearTimeout = (timer) => {
  left.delete(timer);
  end(timer);
};
const turns = async (count) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => begin(resolve, 5));
};
const drained = async (events) => {
  for await (const _ of events);
};

const vidferry = new Vidferry({ baseUrl });
const { downloads } = vidferry;
const away = vidferry.withOptions({ fetch: () => Promise.reject(new TypeError("away")), maxRetries: 9 });
// Nobody works on it.
const { id } = await downloads.create({ url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" });
const calls = {
  events: (signal) => drained(downloads.events(id, { signal })),
  all: (signal) => drained(vidferry.events({ signal })),
  wait: (signal) => downloads.wait(id, { signal }),
  waits: (signal) => Promise.all([1, 2, 3].map(() => downloads.wait(id, { signal, timeoutMs: 100_000 }))),
  save: (signal) => downloads.save(id, folder, { signal }),
  stream: (signal) =>
    downloads.save(over, new WritableStream({ write: () => new Promise(() => undefined) }), { signal }),
  retries: (signal) => away.downloads.get(id, { signal }),
  reconnects: (signal) => drained(away.downloads.events(id, { signal })),
  polls: (signal) => away.downloads.wait(id, { signal }),
};
const said = {};
for (const [name, call] of Object.entries(calls)) {
  said[name] = [];
  // Whatever it waits for by then.
  for (const count of [0, 1, 4, 20]) {
    const stop = new AbortController();
    const going = call(stop.signal).then(
      () => "done",
      (error) => error.message,
    );
    await turns(count);
    stop.abort(new Error("enough"));
    said[name].push(await going);
  }
}
for await (const _ of downloads.events(id)) break;
for await (const _ of downloads.list({ limit: 1 })) break;
said.late = await downloads.wait(id, { timeoutMs: 20 }).catch((error) => error.name);
const { artifacts } = await downloads.get(over);
await (await downloads.file(over, artifacts[0].id)).body.cancel();
await downloads.save(over, folder);
for (let tries = 0; left.size > 0 && tries < 100; tries++) await turns(1);
console.log(JSON.stringify({ said, counted: begun > 0, left: [...left.values()] }));
