// One job through the installed core, on whatever runtime this is: a SQLite file, files on disk, and an engine without programs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVidferry, followJob, isAppError, localOwner, openFile, runAttempt } from "@vidferry/core";
import "@vidferry/core/compose";
import "@vidferry/core/egress";
import "@vidferry/core/ffmpeg";
import { memoryStore } from "@vidferry/core/memory";
import "@vidferry/core/model";
import "@vidferry/core/pino";
import "@vidferry/core/prometheus";
import "@vidferry/core/postgres";
import "@vidferry/core/process";
import "@vidferry/core/redis";
import "@vidferry/core/s3";
import { sqliteStore } from "@vidferry/core/sqlite";
import { systemClock } from "@vidferry/core/system";
import { ytDlp } from "@vidferry/core/yt-dlp";
import { createFakeYtDlp, createServiceFixture, roomyLimits } from "@vidferry/testing";

async function runJob(store) {
  const fixture = await createServiceFixture({}, { database: store });
  try {
    const { deps } = fixture;
    const job = await fixture.claim(await fixture.submit());
    const events = [];
    const { signal } = new AbortController();
    const following = (async () => {
      for await (const event of followJob(deps, job.id, localOwner, { lastEventId: null, signal })) {
        events.push(event.type === "job" ? event.data.state : event.type);
      }
    })();
    await runAttempt(deps, job, { leaseMs: 5_000, limits: roomyLimits, retentionMs: null, signal });
    await following;
    const done = await deps.database.jobs.get(job.id, localOwner);
    const opened = await openFile(deps, job.id, localOwner, done.artifacts[0].id);
    const text = await new Response(opened.blob.body).text();
    return { last: events.at(-1), state: done.state, bytes: done.artifacts[0].bytes === text.length, text };
  } finally {
    await fixture[Symbol.asyncDispose]();
  }
}

const folder = await mkdtemp(join(tmpdir(), "vidferry-smoke-"));
try {
  const sqlite = await runJob(sqliteStore({ path: join(folder, "jobs.db") }));
  const memory = await runJob(memoryStore({ clock: systemClock }));
  const vidferry = createVidferry({ dataDir: join(folder, "data") });
  const refused = await vidferry
    .download({ url: "http://127.0.0.1/" })
    .catch((error) => isAppError(error) && error.code);
  await vidferry.close();
  // What yt-dlp answers is read in a thread, whose file has to be found.
  const answer = JSON.stringify({ id: "sample00001", title: "A title" });
  const downloader = ytDlp({ binary: await createFakeYtDlp(folder, { steps: [{ stdout: answer }] }) });
  const egress = {
    egress: "direct",
    proxyUrl: "",
    cookies: null,
    report: () => undefined,
    release: async () => undefined,
  };
  const { signal } = new AbortController();
  const probed = await downloader.probe("https://youtu.be/sample00001", { egress, signal });
  console.log(JSON.stringify({ sqlite, memory, refused, probed: probed.media.title }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
