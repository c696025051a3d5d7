import { expect, test } from "bun:test";
import { eventually, type SampleVideo } from "@vidferry/testing";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { fleetJobs } from "./fleet/jobs.ts";
import { missingServers, serversWithoutRedis } from "./fleet/servers.ts";

const mebibyte = 1_048_576;
/** Long enough on its way that the other host takes the second job meanwhile. */
const raced: SampleVideo = {
  ...{ id: "racedVid001", title: "Raced", itags: [18], mediaBytes: 8 * mebibyte },
  mediaFaults: { bytesPerSecond: 2 * mebibyte },
};
const probed: SampleVideo = { id: "probedVid01", title: "Probed", itags: [18] };
const headers = { "content-type": "application/json" };

const looksAt = ({ youtube }: Fleet, id: string) =>
  youtube.requests.filter(({ path, query }) => path === "/watch" && query["v"] === id).length;

test.skipIf(missingServers() !== undefined)(
  "with postgres and s3, a link that is posted to two hosts at once is fetched once, and a probe on one host spares the other its look",
  async () => {
    await using servers = await serversWithoutRedis();
    const env = { SECRETS_KEY: "k".repeat(32), WORKER_CONCURRENCY: "1", REUSE: "owner" };
    const youtube = { catalogue: { videos: [raced, probed] } };
    await using fleet = await startFleet({ ...servers, env, youtube });
    const apis = await Promise.all([fleet.api(), fleet.api()]);
    const workers = await Promise.all([fleet.worker("one"), fleet.worker("two")]);
    const url = fleet.youtube.url(raced.id);
    const posted = await Promise.all(apis.map((api) => fleetJobs(api.url).submit({ url })));
    const jobs = fleetJobs(apis[0].url);
    const succeeded = (id: string) =>
      eventually(
        async () => {
          const job = await jobs.get(id);
          return job.state === "succeeded" ? job : null;
        },
        { timeoutMs: 200_000, intervalMs: 200, message: `the result of ${id}` },
      );
    const ends = await Promise.all(posted.map(({ id }) => succeeded(id)));
    const [made, got] = ends[0]?.reusedFrom === null ? ends : ends.toReversed();
    expect([made?.reusedFrom, got?.reusedFrom]).toEqual([null, made?.id]);
    expect(got?.artifacts[0]?.sha256).toBe(made?.artifacts[0]?.sha256 ?? "");
    const starts = fleet.youtube.requests.filter(
      ({ path, query, range }) =>
        path === "/videoplayback" && query["id"] === raced.id && /^bytes=0-/.test(range ?? "bytes=0-"),
    );
    expect(starts).toHaveLength(1);

    // One host looks at a link and is gone; another one downloads it.
    await workers[1].end("SIGTERM");
    const body = JSON.stringify({ url: fleet.youtube.url(probed.id) });
    const probe = await fetch(`${apis[0].url}/api/v1/probe`, { method: "POST", headers, body });
    expect([probe.status, looksAt(fleet, probed.id)]).toEqual([200, 1]);
    await workers[0].end("SIGTERM");
    await fleet.worker("three");
    const done = await succeeded((await jobs.submit({ url: fleet.youtube.url(probed.id) })).id);
    expect(done).toMatchObject({ attempt: 1, reusedFrom: null, media: { title: "Probed" } });
    expect(looksAt(fleet, probed.id)).toBe(1);
  },
  600_000,
);
