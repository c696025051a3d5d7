import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { AppError, type Scope } from "@vidferry/core";
import { type Auth, createOpenAuth } from "../../auth/auth.ts";
import { createFileLinks } from "../../auth/file-links.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { startHarness } from "../../testing/live-server.ts";
import { idOf, makeArtifact, makeJob } from "../../testing/samples.ts";
import { FileLink } from "./link-file.ts";

/** Lets the key `alice` or `bob` in, as the owner of that name. */
const auth: Auth = {
  ...createOpenAuth(),
  mode: "keys",
  authenticate: async (request) => {
    const owner = request.headers.get("x-api-key");
    if (owner === null) throw new AppError("unauthorized");
    return { owner, scopes: ["downloads:read", "files:read"] satisfies Scope[], keyId: null, secretHash: null };
  },
};

const artifact = makeArtifact(1, 4);
const job = makeJob(1, { owner: "alice", state: "succeeded", artifacts: [artifact, makeArtifact(2, 4)] });
const path = `/api/v1/downloads/${job.id}/files/${artifact.id}`;
const alice = { "X-API-Key": "alice" };
const secret = "a secret of the whole fleet";

function withFile(config: Parameters<typeof createHarness>[0] = {}) {
  const harness = createHarness({ auth, config: { linkSecret: secret, ...config.config } });
  harness.service.jobs.set(job.id, job);
  harness.service.files.set(artifact.id, new TextEncoder().encode("film"));
  return harness;
}

/** A token as it was made before its claims were sealed. */
function oldToken(content: [expires: number, owner: string]): string {
  const claims = Buffer.from(JSON.stringify(content)).toString("base64url");
  const signature = createHmac("sha256", secret).update(`vidferry-file-1/${job.id}/${artifact.id}/${claims}`);
  return `${claims}.${signature.digest("base64url")}`;
}

async function makeLink(harness: ReturnType<typeof withFile>, body: object = {}): Promise<FileLink> {
  const response = await harness.send("POST", `${path}/link`, body, alice);
  expect(response.status).toBe(201);
  return FileLink.parse(await response.json());
}

describe("signed links", () => {
  test("open the file without a key, until the time they name", async () => {
    const harness = withFile();
    const before = Date.now();
    const link = await makeLink(harness, { expiresInSeconds: 120 });
    const lifetime = new Date(link.expiresAt).getTime() - before;
    expect(lifetime).toBeGreaterThan(118_000);
    expect(lifetime).toBeLessThan(180_000);
    const response = await harness.send("GET", link.url);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("film");
    expect((await harness.send("HEAD", link.url)).status).toBe(200);
    expect((await harness.send("GET", `${link.url}&proxy=1`, undefined, { Range: "bytes=0-1" })).status).toBe(206);
  });

  test("need no body, and open for an hour then", async () => {
    const response = await withFile().send("POST", `${path}/link`, undefined, alice);
    const { expiresAt } = FileLink.parse(await response.json());
    const lifetime = new Date(expiresAt).getTime() - Date.now();
    expect(lifetime).toBeGreaterThan(3_500_000);
    expect(lifetime).toBeLessThanOrEqual(3_600_000);
  });

  test.each(["application/json", "application/x-www-form-urlencoded"])(
    "need no body, whatever type a client names for none (%s)",
    async (type) => {
      const { server, app, service } = await startHarness({ auth });
      service.jobs.set(job.id, job);
      const init = { method: "POST", headers: { ...alice, "content-type": type } };
      expect((await app.request(`${path}/link`, { ...init, body: "" })).status).toBe(201);
      for (const body of [null, new Blob([]).stream()]) {
        const response = await fetch(`${server.url}${path}/link`, { ...init, body });
        expect([response.status, await response.text()]).toEqual([201, expect.stringContaining("expiresAt")]);
      }
    },
  );

  test("carry the public address, and no part of them is logged", async () => {
    const harness = withFile({ config: { publicUrl: "https://videos.example/" } });
    const link = await makeLink(harness);
    expect(link.url).toStartWith(`https://videos.example${path}?token=`);
    await harness.send("GET", link.url);
    expect(JSON.stringify(harness.logger.lines)).not.toContain(new URL(link.url).searchParams.get("token") ?? "?");
  });

  test("open nothing else", async () => {
    const harness = withFile();
    const query = new URL((await makeLink(harness)).url, "http://localhost").search;
    const other = `/api/v1/downloads/${job.id}/files/${idOf("art", 2)}`;
    for (const place of [other, `/api/v1/downloads/${idOf("job", 2)}/files/${artifact.id}`]) {
      await expectProblem(await harness.send("GET", place + query), 401, "unauthorized");
    }
    await expectProblem(await harness.send("GET", `/api/v1/downloads/${job.id}${query}`), 401, "unauthorized");
  });

  test.each(["", ".", "a.b", "%F0%9F%8E%AC.x", "WzAsImFsaWNlIl0.AAAA", "x".repeat(1_001)])(
    "are refused when the token is %p",
    async (token) => {
      const response = await withFile().send("GET", `${path}?token=${token}`);
      await expectProblem(response, 401, "unauthorized");
    },
  );

  test("are refused when changed, expired, or signed with another secret", async () => {
    const harness = withFile();
    const file = { jobId: job.id, artifactId: idOf("art", 1), owner: "alice", keyId: null };
    const later = new Date(Date.now() + 60_000);
    const good = await createFileLinks(secret).sign(file, later);
    expect((await harness.send("GET", `${path}?token=${good}`)).status).toBe(200);
    const old = oldToken([9_999_999_999, "alice"]);
    const [claims = "", signature = ""] = old.split(".");
    const forged = btoa(JSON.stringify([9_999_999_999, "bob"])).replaceAll("=", "");
    const refused = [
      `${forged}.${signature}`,
      `${claims}.${signature.slice(0, -2)}`,
      oldToken([1, "alice"]),
      good.slice(0, -2),
      `${good.startsWith("A") ? "B" : "A"}${good.slice(1)}`,
      `${old}.more`,
      `${good}.more`,
      await createFileLinks(secret).sign(file, new Date(Date.now() - 1_000)),
      await createFileLinks("another secret").sign(file, later),
      await createFileLinks(null).sign(file, later),
    ];
    for (const token of refused) {
      await expectProblem(await harness.send("GET", `${path}?token=${token}`), 401, "unauthorized");
    }
  });

  test("of the form before open until they expire", async () => {
    const harness = withFile();
    const token = oldToken([Math.floor(Date.now() / 1000) + 60, "alice"]);
    expect((await harness.send("GET", `${path}?token=${token}`)).status).toBe(200);
  });

  test("tell nobody whose they are", async () => {
    const token = new URL((await makeLink(withFile())).url, "http://localhost").searchParams.get("token") ?? "";
    expect(token).toMatch(/^[\w-]+$/);
    const bytes = Buffer.from(token, "base64url").toString("latin1");
    expect(bytes).not.toContain("alice");
  });

  test("are made only of files that are there and one's own", async () => {
    const harness = withFile();
    const make = (place: string, headers: Record<string, string>, body: object = {}) =>
      harness.send("POST", `${place}/link`, body, headers);
    await expectProblem(await make(path, { "X-API-Key": "bob" }), 404, "not_found");
    await expectProblem(await make(path.replace(artifact.id, idOf("art", 9)), alice), 404, "not_found");
    for (const expiresInSeconds of [0, 59, 604_801, 1.5, "60"]) {
      await expectProblem(await make(path, alice, { expiresInSeconds }), 422, "invalid_request");
    }
    harness.service.jobs.set(job.id, { ...job, expiresAt: new Date(0) });
    await expectProblem(await make(path, alice), 410, "artifact_expired");
  });
});
