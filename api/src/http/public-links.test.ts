import { describe, expect, test } from "bun:test";
import type { JobResource } from "@vidferry/core";
import { createHarness } from "../testing/harness.ts";
import { readFrames, startHarness } from "../testing/live-server.ts";
import { makeArtifact, makeJob } from "../testing/samples.ts";

const publicUrl = "https://media.example/yt";
const job = makeJob(1, { state: "running", artifacts: [makeArtifact(1, 3)] });
const path = `/api/v1/downloads/${job.id}`;
const fileUrl = `${publicUrl}${path}/files/${job.artifacts[0]?.id}`;

function withJobs() {
  const harness = createHarness({ config: { publicUrl: `${publicUrl}/` } });
  for (const one of [job, makeJob(2)]) harness.service.jobs.set(one.id, one);
  return harness;
}

describe("a public address with a path", () => {
  test("is carried by the Location of a new job", async () => {
    const response = await withJobs().send("POST", "/api/v1/downloads", { url: "https://youtu.be/dQw4w9WgXcQ" });
    expect(response.headers.get("location")).toStartWith(`${publicUrl}/api/v1/downloads/job_`);
  });

  test("is carried by the Link to the next page", async () => {
    const response = await withJobs().send("GET", "/api/v1/downloads?limit=1");
    expect(response.headers.get("link")).toStartWith(`<${publicUrl}/api/v1/downloads?limit=1&cursor=`);
  });

  test("is carried by the files of a job, wherever it is shown", async () => {
    const { send } = withJobs();
    const one = (await (await send("GET", path)).json()) as JobResource;
    const page = (await (await send("GET", "/api/v1/downloads")).json()) as { data: JobResource[] };
    const moved = (await (await send("POST", `${path}/cancel`)).json()) as JobResource;
    for (const shown of [one, page.data.find(({ id }) => id === job.id), moved])
      expect(shown?.artifacts[0]?.url).toBe(fileUrl);
  });

  test("is carried by the files of a job in its events", async () => {
    const { url, service } = await startHarness({ config: { publicUrl } });
    service.jobs.set(job.id, job);
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws/progress/${job.id}`);
    const message = new Promise<string>((resolve) => {
      socket.onmessage = ({ data }) => resolve(String(data));
    });
    expect(JSON.parse(await message)).toMatchObject({ data: { artifacts: [{ url: fileUrl }] } });
    socket.close();
    for await (const { event, data } of readFrames(await fetch(`${url}${path}/events`))) {
      if (event !== "job") continue;
      expect(JSON.parse(data ?? "")).toMatchObject({ artifacts: [{ url: fileUrl }] });
      break;
    }
  });

  test("is carried by problems, by the page of links and by the description", async () => {
    const { send } = withJobs();
    expect(await (await send("GET", "/nope")).json()).toMatchObject({ type: `${publicUrl}/docs/errors#not_found` });
    expect(await (await send("GET", "/")).json()).toMatchObject({ links: { docs: `${publicUrl}/docs` } });
    expect(await (await send("GET", "/openapi.json")).json()).toMatchObject({ servers: [{ url: publicUrl }] });
  });

  test("is not needed by the page of the documentation, with or without a slash at its end", async () => {
    const { send } = withJobs();
    for (const page of ["/docs", "/docs/"]) {
      const html = await (await send("GET", page)).text();
      const found = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, link = ""]) => new URL(link, `${publicUrl}${page}`),
      );
      expect(found.length).toBeGreaterThan(3);
      for (const { href } of found) {
        expect(href).toStartWith(`${publicUrl}/docs/`);
        expect((await send("GET", href.slice(publicUrl.length))).status).toBe(200);
      }
    }
  });
});
