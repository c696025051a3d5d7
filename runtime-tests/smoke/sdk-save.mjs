// Saves the files of a job with the installed client: `sdk-save.mjs <base URL> <id> <folder>`; then into a stream, and on a full disk.
import { Vidferry } from "@vidferry/sdk";

const [baseUrl, id, folder] = (globalThis.Deno?.args ?? globalThis.process.argv.slice(2)).slice(-3);
const { downloads } = new Vidferry({ baseUrl });
const told = [];
const { job, files } = await downloads.save(id, folder, {
  onProgress: ({ artifact, savedBytes }) => artifact !== null && told.push(savedBytes),
});
let streamed = 0;
const stream = new WritableStream({
  write(chunk) {
    streamed += chunk.length;
  },
});
await downloads.save(job, stream);
const full = await downloads.save(job, `${folder}full/`).catch((error) => [error.name, error.reason]);
const abort = new AbortController();
const onProgress = () => abort.abort(new Error("enough"));
const aborted = await downloads
  .save(job, `${folder}aborted/`, { signal: abort.signal, onProgress })
  .catch((error) => error.message);
console.log(
  JSON.stringify({ paths: files.map(({ path }) => path), first: told[0], last: told.at(-1), streamed, full, aborted }),
);
