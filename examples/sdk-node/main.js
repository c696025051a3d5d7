import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { Vidferry } from "@vidferry/sdk";

const { VIDFERRY_URL: baseUrl = "http://127.0.0.1:8080", VIDFERRY_API_KEY: apiKey } = process.env;
const [url, folder = "."] = process.argv.slice(2);
if (url === undefined) {
  console.error("usage: node main.js URL [FOLDER]");
  process.exit(2);
}

const vidferry = new Vidferry({ baseUrl, ...(apiKey === undefined ? {} : { apiKey }) });
const job = await vidferry.downloads.create({ url, output: { type: "audio", format: "mp3" } });

// The events themselves; `wait` does this for you. A broken connection is resumed, and nothing comes twice.
for await (const event of vidferry.downloads.events(job.id)) {
  if (event.type === "progress") console.error(event.data.stage, event.data.progress.percent);
  else console.error(event.data.state);
}

const { artifacts, error } = await vidferry.downloads.get(job.id);
if (error !== null) throw new Error(`${error.code}: ${error.detail}`);
for (const artifact of artifacts) {
  const { body } = await vidferry.downloads.file(job.id, artifact.id);
  await pipeline(body, createWriteStream(`${folder}/${artifact.fileName}`));
  console.log(`${folder}/${artifact.fileName}`);
}
