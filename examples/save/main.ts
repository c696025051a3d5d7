import { JobFailedError, SaveError, Vidferry } from "@vidferry/sdk";

const [url, folder = "."] = process.argv.slice(2);
if (url === undefined) {
  console.error("usage: bun main.ts URL [FOLDER]");
  process.exit(2);
}

// The address and the key are those of VIDFERRY_URL and VIDFERRY_API_KEY.
const vidferry = new Vidferry();
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
try {
  const { job, files } = await vidferry.downloads.save(url, `${folder}/`, {
    // The same job when this program is started again, within a day; what came of its files is not fetched again.
    idempotencyKey: `save-${url}`,
    signal: stop.signal,
    onProgress: ({ job: { stage, state, progress }, savedBytes, totalBytes }) =>
      totalBytes === null
        ? console.error(stage ?? state, Math.floor(progress.percent ?? 0), "%")
        : console.error("saving", Math.floor((savedBytes / totalBytes) * 100), "%"),
  });
  console.error(job.media?.title);
  for (const { path } of files) console.log(path);
} catch (error) {
  if (stop.signal.aborted) process.exit(130);
  if (!(error instanceof JobFailedError || error instanceof SaveError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
