import { describe, expect, test } from "bun:test";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { makeArtifact, makeJob } from "../../testing/samples.ts";

const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);

function withFile(over: Parameters<typeof makeArtifact>[2] = {}) {
  const harness = createHarness();
  const artifact = makeArtifact(1, bytes.length, over);
  const job = makeJob(1, { state: "succeeded", artifacts: [artifact] });
  harness.service.jobs.set(job.id, job);
  harness.service.files.set(artifact.id, bytes);
  const path = `/api/v1/downloads/${job.id}/files/${artifact.id}`;
  const get = (headers: Record<string, string> = {}, query = "") =>
    harness.send("GET", path + query, undefined, headers);
  return { ...harness, artifact, job, path, get, tag: `"${artifact.sha256}"` };
}

const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

describe("GET /downloads/{id}/files/{artifactId}", () => {
  test("sends the whole file under its real name, locked down", async () => {
    const { get, tag } = withFile();
    const response = await get();
    expect(response.status).toBe(200);
    expect(await bytesOf(response)).toEqual(bytes);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "content-length": "1000",
      "content-type": "video/mp4",
      "content-disposition": 'attachment; filename="A clip.mp4"',
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      etag: tag,
    });
  });

  test("keeps a name with quotes, line breaks and other scripts inside its header", async () => {
    const { get } = withFile({ fileName: 'Ünï "x"\r\nSet-Cookie: a=b 🎬/..\\\u202e.mp4' });
    const response = await get();
    expect(response.headers.has("set-cookie")).toBe(false);
    const value = response.headers.get("content-disposition") ?? "";
    expect(value).toMatch(/^attachment; filename="[ !#-~]+"; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/);
  });

  test.each([
    ["bytes=0-0", 0, 0],
    ["bytes=10-19", 10, 19],
    ["bytes=990-", 990, 999],
    ["bytes=990-5000", 990, 999],
    ["bytes=-10", 990, 999],
    ["bytes=-5000", 0, 999],
  ])("answers 206 to %s", async (range, start, end) => {
    const { get } = withFile();
    const response = await get({ Range: range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end}/1000`);
    expect(response.headers.get("content-length")).toBe(String(end - start + 1));
    expect(await bytesOf(response)).toEqual(bytes.slice(start, end + 1));
  });

  test.each(["bytes=1000-", "bytes=5000-6000", "bytes=-0"])("answers 416 to %s and names the size", async (range) => {
    const { get } = withFile();
    const response = await get({ Range: range });
    expect(response.headers.get("content-range")).toBe("bytes */1000");
    await expectProblem(response, 416, "range_not_satisfiable");
  });

  test.each(["bytes=9-3", "bytes=-", "bytes=a-b", "items=0-5", "bytes=0-1,5-6", "garbage"])(
    "serves the whole file where %s is not understood",
    async (range) => {
      const { get } = withFile();
      const response = await get({ Range: range });
      expect(response.status).toBe(200);
      expect((await bytesOf(response)).length).toBe(1000);
    },
  );

  test("serves the range under If-Range only when the tag is this file's", async () => {
    const { get, tag } = withFile();
    expect((await get({ Range: "bytes=0-9", "If-Range": tag })).status).toBe(206);
    expect((await get({ Range: "bytes=0-9", "If-Range": '"older"' })).status).toBe(200);
    expect((await get({ Range: "bytes=0-9", "If-Range": `W/${tag}` })).status).toBe(200);
    expect((await get({ Range: "bytes=0-9", "If-Range": "Wed, 21 Oct 2026 07:28:00 GMT" })).status).toBe(200);
  });

  test("answers 304 when the client has the file", async () => {
    const { get, tag } = withFile();
    const response = await get({ "If-None-Match": tag, Range: "bytes=0-9" });
    expect(response.status).toBe(304);
    expect(await response.text()).toBe("");
  });

  test("answers HEAD with the headers of GET", async () => {
    const { send, path } = withFile();
    const response = await send("HEAD", path, undefined, { Range: "bytes=0-9" });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-length")).toBe("10");
    expect(await response.text()).toBe("");
  });

  test("redirects to the storage where it makes links, unless the client wants the bytes from here", async () => {
    const { get, service, send, path } = withFile();
    service.link = "https://bucket.example/signed?sig=1";
    const response = await get();
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(service.link);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await get({}, "?proxy=1")).status).toBe(200);
    expect((await send("HEAD", path)).status).toBe(200);
  });

  test("tells an expired file from one that never was", async () => {
    const { get, service, job, send } = withFile();
    const unknown = `/api/v1/downloads/${job.id}/files/${makeArtifact(9, 1).id}`;
    await expectProblem(await send("GET", unknown), 404, "not_found");
    service.jobs.set(job.id, { ...job, artifacts: [], expiresAt: new Date(0) });
    await expectProblem(await get(), 410, "artifact_expired");
  });

  test("takes query parameters of others, and refuses values that mean nothing", async () => {
    const { get } = withFile();
    await expectProblem(await get({}, "?proxy=yes"), 422, "invalid_request");
    expect((await get({}, "?utm_source=x&_=1")).status).toBe(200);
  });
});
