import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createVidferry, isAppError, parseConfig } from "@vidferry/core";
import { engineOptions } from "@vidferry/core/compose";
import { sqliteStore } from "@vidferry/core/sqlite";

const [url, folder = "downloads"] = process.argv.slice(2);
if (url === undefined) {
  console.error("usage: bun main.ts URL [FOLDER]");
  process.exit(2);
}

const stop = new AbortController();
process.once("SIGINT", () => stop.abort(new Error("interrupted")));
await mkdir(folder, { recursive: true });

await using vidferry = createVidferry({
  // Where the programs are and how to reach sources: PROXY_URL, CA_FILE, VIDFERRY_YTDLP … Leave it out for the defaults.
  ...engineOptions(parseConfig(process.env)),
  // Jobs in a file and everything else beside it, so that the same call continues after Ctrl-C or a crash.
  database: sqliteStore({ path: join(folder, "jobs.db") }),
  dataDir: folder,
});

try {
  const job = await vidferry.download(
    { url, output: { type: "video", quality: "480p" }, subtitles: { formats: ["srt"] } },
    {
      signal: stop.signal,
      resumeAs: url,
      onProgress: ({ stage, progress }) => console.error(`${stage ?? "…"} ${Math.floor(progress.percent ?? 0)} %`),
    },
  );
  for (const artifact of job.artifacts) {
    const { blob } = await vidferry.file(job.id, artifact.id);
    await Bun.write(join(folder, artifact.fileName), new Response(blob.body));
    console.log(join(folder, artifact.fileName));
  }
} catch (error) {
  console.error(isAppError(error) ? `${error.code}: ${error.message} ${error.hint}` : error);
  process.exitCode = 1;
}
