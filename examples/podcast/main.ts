import { Vidferry } from "@vidferry/sdk";

const [url, cron = "@daily"] = process.argv.slice(2);
if (url === undefined) {
  console.error("usage: bun main.ts CHANNEL_OR_PLAYLIST [CRON]");
  process.exit(2);
}

const vidferry = new Vidferry();
const name = `podcast-${url}`;
const existing = (await vidferry.schedules.list().toArray({ limit: 1_000 })).find((one) => one.name === name);
const schedule =
  existing ??
  (await vidferry.schedules.create(
    {
      name,
      cron,
      batch: { source: { url, limit: 20 }, request: { output: { type: "audio", format: "m4a" } } },
    },
    // Two calls at once make one.
    { idempotencyKey: name },
  ));

// The first episodes now, rather than at its next time.
if (schedule.lastRunAt === null) await vidferry.schedules.run(schedule.id);
for (let run = schedule; ; run = await vidferry.schedules.get(schedule.id)) {
  if (run.lastResult?.error) throw new Error(run.lastResult.error.detail);
  if (run.lastResult?.batchId) {
    const { counts } = await vidferry.batches.wait(run.lastResult.batchId);
    console.error(`${counts.succeeded} episodes, the next ones ${run.nextRunAt}`);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}

// Shown once: the link before it opens nothing any more.
const feed = await vidferry.schedules.openFeed(schedule.id);
console.log(feed.url);
