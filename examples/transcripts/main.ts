import { mkdir } from "node:fs/promises";
import { Vidferry } from "@vidferry/sdk";

const [url, folder = "transcripts", language = "en"] = process.argv.slice(2);
if (url === undefined) {
  console.error("usage: bun main.ts PLAYLIST [FOLDER] [LANGUAGE]");
  process.exit(2);
}

const vidferry = new Vidferry();
const batch = await vidferry.batches.create({
  source: { url },
  // No media is fetched.
  request: { output: { type: "transcript" }, subtitles: { languages: [language], formats: ["md"] } },
});
const { title, counts } = await vidferry.batches.wait(batch.id, {
  onProgress: ({ counts: { succeeded, total } }) => console.error(`${succeeded} of ${total}`),
});

await mkdir(folder, { recursive: true });
const lines = [`# ${title ?? url}`, ""];
// The newest come first.
const jobs = (await vidferry.downloads.list({ batchId: batch.id }).toArray({ limit: 10_000 })).toReversed();
for (const job of jobs) {
  const name = job.media?.title ?? job.request.url;
  if (job.state !== "succeeded") lines.push(`- ${name}: ${job.error?.detail ?? job.state}`);
  // A video without subtitles has no file.
  else if (job.artifacts.length === 0) lines.push(`- [${name}](${job.request.url}) has no transcript`);
  else {
    const { files } = await vidferry.downloads.save(job, `${folder}/`, { overwrite: true });
    for (const { artifact } of files) lines.push(`- [${name}](<${artifact.fileName}>)`);
  }
}
await Bun.write(`${folder}/README.md`, `${lines.join("\n")}\n`);
console.log(`${counts.succeeded} of ${counts.total}: ${folder}/README.md`);
