import { describe, expect, test } from "bun:test";
import { AppError } from "@vidferry/core";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { makeArtifact, makeJob } from "../../testing/samples.ts";

const contents = ["film", "words"].map((text) => new TextEncoder().encode(text));

function withFiles() {
  const harness = createHarness();
  const artifacts = contents.map((bytes, index) =>
    makeArtifact(index + 1, bytes.length, { fileName: `A "clip" 🎬.${index}` }),
  );
  const job = makeJob(1, { state: "succeeded", artifacts });
  harness.service.jobs.set(job.id, job);
  artifacts.forEach((artifact, index) => {
    harness.service.files.set(artifact.id, contents[index] ?? new Uint8Array());
  });
  return { ...harness, job, artifacts, path: `/api/v1/downloads/${job.id}/archive` };
}

describe("GET /downloads/{id}/archive", () => {
  test("sends all files as one ZIP of a known length, under the video's name, locked down", async () => {
    const { send, path, artifacts } = withFiles();
    const response = await send("GET", path);
    expect(response.status).toBe(200);
    const archive = new Uint8Array(await response.arrayBuffer());
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/zip",
      "content-length": String(archive.byteLength),
      "content-security-policy": "sandbox; default-src 'none'",
    });
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename=".+\.zip"/);
    const text = new TextDecoder().decode(archive);
    for (const artifact of artifacts) expect(text).toContain(artifact.fileName);
    for (const bytes of contents) expect(text).toContain(new TextDecoder().decode(bytes));
  });

  test("keeps the folders of names, where single files are sent without them", async () => {
    const { send, path, job, artifacts } = withFiles();
    const [first] = artifacts;
    if (first === undefined) throw new Error("no file");
    first.fileName = "Channel/2026/Film.mp4";
    const text = new TextDecoder().decode(await (await send("GET", path)).arrayBuffer());
    expect(text).toContain("Channel/2026/Film.mp4");
    const file = await send("GET", `/api/v1/downloads/${job.id}/files/${first.id}`);
    expect(file.headers.get("content-disposition")).toBe('attachment; filename="Channel_2026_Film.mp4"');
  });

  test("answers HEAD with the headers of GET", async () => {
    const { send, path } = withFiles();
    const [head, get] = [await send("HEAD", path), await send("GET", path)];
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
    expect(await head.text()).toBe("");
  });

  test("tells jobs without files from those whose files have expired, and foreign ones from neither", async () => {
    const { send, path, service, job } = withFiles();
    service.jobs.set(job.id, { ...job, state: "running", artifacts: [] });
    await expectProblem(await send("GET", path), 409, "invalid_state");
    service.jobs.set(job.id, { ...job, artifacts: [], expiresAt: new Date(0) });
    await expectProblem(await send("GET", path), 410, "artifact_expired");
    service.jobs.set(job.id, { ...job, owner: "somebody" });
    await expectProblem(await send("GET", path), 404, "not_found");
  });

  test("is an error, and no empty archive, where the first file is gone from the storage", async () => {
    const { send, path, service } = withFiles();
    service.openFile = async () => {
      throw new AppError("artifact_expired", "The file is no longer stored.");
    };
    await expectProblem(await send("GET", path), 410, "artifact_expired");
  });

  test("breaks off where a later file is gone", async () => {
    const { send, path, service, artifacts } = withFiles();
    const open = service.openFile.bind(service);
    service.openFile = async (id, owner, artifactId, range) => {
      if (artifactId === artifacts[1]?.id) throw new AppError("artifact_expired");
      return open(id, owner, artifactId, range);
    };
    const response = await send("GET", path);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });
});
