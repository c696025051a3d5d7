import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createVidferry, isAppError, parseConfig } from "@vidferry/core";
import { engineOptions } from "@vidferry/core/compose";
import { createMapBlobs } from "./map-blobs.ts";

const [url, folder = "downloads"] = process.argv.slice(2);
if (url === undefined) {
  console.error("usage: node main.ts URL [FOLDER]");
  process.exit(2);
}

// Where the programs are and how to reach sources: PROXY_URL, CA_FILE, VIDFERRY_YTDLP … Leave it out for the defaults.
const { workDir: _, ...engine } = engineOptions(parseConfig(process.env));
// Results go into our own store and nowhere else; what is being made is in a temporary folder until then.
const vidferry = createVidferry({ ...engine, blobs: createMapBlobs() });
try {
  const job = await vidferry.download({ url, output: { type: "audio", format: "m4a" } });
  await mkdir(folder, { recursive: true });
  for (const artifact of job.artifacts) {
    const { blob } = await vidferry.file(job.id, artifact.id);
    const path = join(folder, artifact.fileName);
    await pipeline(Readable.fromWeb(blob.body as never), createWriteStream(path));
    console.log(path);
  }
} catch (error) {
  console.error(isAppError(error) ? `${error.code}: ${error.message} ${error.hint}` : error);
  process.exitCode = 1;
} finally {
  await vidferry.close();
}
