// A round trip with the installed client, on whatever runtime this is: `sdk.mjs <base URL> <id of a job that runs> <id of one that is over>`.
import { JobFailedError, NotFoundError, Vidferry } from "@vidferry/sdk";

const [baseUrl, id, over] = (globalThis.Deno?.args ?? globalThis.process.argv.slice(2)).slice(-3);
const vidferry = new Vidferry({ baseUrl });
const job = await vidferry.downloads.create({
  url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
  labels: { from: "smoke" },
});
const listed = [];
for await (const { id } of vidferry.downloads.list({ limit: 1 })) listed.push(id);
const events = [];
for await (const event of vidferry.downloads.events(id)) events.push(event.id);
const done = await vidferry.downloads.wait(over);
const file = await vidferry.downloads.file(over, done.artifacts[0].id);
const missing = await vidferry.downloads.get("job_none").catch((error) => error instanceof NotFoundError && error.code);
await vidferry.downloads.cancel(job.id);
const canceled = await vidferry.downloads.wait(job.id).catch((error) => error.name);
const signal = AbortSignal.abort();
const aborted = await vidferry.downloads.wait(job.id, { signal }).catch((error) => error.name);
const failed = await vidferry.downloads
  .wait("job_00000000000000000000000000000009")
  .catch((error) => error instanceof JobFailedError && error.code);
console.log(
  JSON.stringify({
    listed: listed.length,
    events,
    state: done.state,
    bytes: (await file.arrayBuffer()).byteLength,
    missing,
    canceled,
    aborted,
    failed,
  }),
);
