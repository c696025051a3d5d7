import { ApiError, JobFailedError, Vidferry } from "@vidferry/sdk";

const { VIDFERRY_URL: baseUrl = "http://127.0.0.1:8080", VIDFERRY_API_KEY: apiKey } = process.env;
const [url, folder = "."] = process.argv.slice(2);
if (url === undefined) {
  console.error("usage: bun main.ts URL [FOLDER]");
  process.exit(2);
}

const vidferry = new Vidferry({ baseUrl, ...(apiKey === undefined ? {} : { apiKey }) });
try {
  const job = await vidferry.downloads.create({ url, output: { type: "video", quality: "720p" } });
  const done = await vidferry.downloads.wait(job.id, {
    onProgress: ({ state, stage, progress }) => console.error(stage ?? state, Math.floor(progress.percent ?? 0), "%"),
  });
  for (const artifact of done.artifacts) {
    const path = `${folder}/${artifact.fileName}`;
    await Bun.write(path, await vidferry.downloads.file(done.id, artifact.id));
    console.log(path);
  }
} catch (error) {
  if (!(error instanceof JobFailedError || error instanceof ApiError)) throw error;
  console.error(`${error.code}: ${error.message} ${error.hint}`);
  process.exitCode = 1;
}
