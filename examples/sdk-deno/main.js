import { Vidferry } from "@vidferry/sdk";

const baseUrl = Deno.env.get("VIDFERRY_URL") ?? "http://127.0.0.1:8080";
const apiKey = Deno.env.get("VIDFERRY_API_KEY");
const [url, folder = "."] = Deno.args;
if (url === undefined) {
  console.error("usage: deno run -A main.js URL [FOLDER]");
  Deno.exit(2);
}

const vidferry = new Vidferry({ baseUrl, ...(apiKey === undefined ? {} : { apiKey }) });
const job = await vidferry.downloads.create({ url, subtitles: { languages: ["en"], formats: ["txt"] } });
const done = await vidferry.downloads.wait(job.id, { timeoutMs: 30 * 60_000 });
for (const artifact of done.artifacts) {
  const path = `${folder}/${artifact.fileName}`;
  const { body } = await vidferry.downloads.file(done.id, artifact.id);
  await Deno.writeFile(path, body);
  console.log(path);
}

// All jobs that failed, over all pages.
for await (const failed of vidferry.downloads.list({ state: "failed" })) console.error(failed.id, failed.error?.code);
