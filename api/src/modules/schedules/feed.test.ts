import { describe, expect, test } from "bun:test";
import {
  AppError,
  type AttemptResult,
  DownloadTemplate,
  type Job,
  localOwner,
  nothingToRead,
  type ScheduleId,
  type StoredArtifact,
} from "@vidferry/core";
import { aMedia, anArtifact, aResult, attemptOf, started } from "@vidferry/testing/conformance";
import { parser } from "sax";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { idOf } from "../../testing/samples.ts";

/** What an XML parser that forgives nothing finds, as paths of elements with their texts and attributes. */
function parsed(xml: string): { readonly path: string; readonly text: string; readonly attributes: object }[] {
  const found: { path: string; text: string; attributes: object }[] = [];
  const open: typeof found = [];
  const reader = parser(true);
  reader.onerror = (error) => {
    throw error;
  };
  reader.onopentag = ({ name, attributes }) => {
    const path = `${open.at(-1)?.path ?? ""}/${name}`;
    const element = { path, text: "", attributes };
    found.push(element);
    open.push(element);
  };
  reader.ontext = (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  reader.onclosetag = () => void open.pop();
  reader.write(xml).close();
  return found;
}

const hostile = "<script>&amp;]]> \u0000\u0008\u001f\ud800\uffff \"quoted\" 'it' \u{1F3AC}";

async function start() {
  const { app, service, send } = createHarness();
  const created = await send("POST", "/api/v1/schedules", {
    ...{ name: "My <show> & more", cron: "0 6 * * *" },
    download: { url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=1", output: { type: "audio", format: "mp3" } },
  });
  const { id } = (await created.json()) as { id: ScheduleId };
  const artifact: StoredArtifact = {
    ...anArtifact,
    ...{ id: idOf("art", 7), kind: "audio", fileName: `${hostile}.mp3`, contentType: "audio/mpeg", bytes: 5 },
  };
  /** A job of the schedule that has ended with a file. */
  const episode = async (changes: object = {}, media: object = {}): Promise<Job> => {
    const job = await started(service.database, { owner: localOwner, scheduleId: id, ...changes });
    const result: AttemptResult = { ...aResult, artifacts: [artifact], media: { ...aMedia, ...media } };
    const done = await service.database.attempts.succeed(attemptOf(job), result);
    if (done === null) throw new Error("it did not succeed");
    // What the fake service serves.
    service.jobs.set(done.id, done);
    service.files.set(artifact.id, new TextEncoder().encode("abcde"));
    return done;
  };
  const open = async () => (await (await send("POST", `/api/v1/schedules/${id}/feed`)).json()) as { url: string };
  return { app, service, send, id, artifact, episode, open };
}

describe("the feed of a schedule", () => {
  test("is a podcast whose files open without a key, in parts too", async () => {
    const { app, episode, open, artifact } = await start();
    const job = await episode({}, { title: hostile, channel: "A & B", uploadedAt: "2026-01-02" });
    const { url } = await open();
    const answer = await app.request(url);
    expect(answer.headers.get("content-type")).toBe("application/rss+xml; charset=utf-8");
    const elements = parsed(await answer.text());
    const only = (path: string) => elements.filter((element) => element.path === `/rss/channel/${path}`);
    const texts = (path: string) => only(path).map(({ text }) => text);
    expect(texts("title")).toEqual(["My <show> & more"]);
    expect(texts("link")).toEqual(["https://www.youtube.com/watch?v=dQw4w9WgXcQ"]);
    expect(only("atom:link")[0]?.attributes).toMatchObject({ href: url, rel: "self" });
    expect(texts("item/title")).toEqual(["<script>&amp;]]> \ufffd \"quoted\" 'it' \u{1F3AC}"]);
    expect(texts("item/guid")).toEqual([artifact.id]);
    expect(texts("item/pubDate")).toEqual(["Fri, 02 Jan 2026 00:00:00 GMT"]);
    expect(texts("item/itunes:duration")).toEqual(["213"]);
    expect(texts("item/itunes:author")).toEqual(["A & B"]);
    const enclosure = only("item/enclosure")[0]?.attributes as { url: string; length: string; type: string };
    expect(enclosure).toMatchObject({ length: "5", type: "audio/mpeg" });
    expect(new URL(enclosure.url).pathname).toEndWith(`/feed/${job.id}/${artifact.id}.mp3`);
    const file = await app.request(enclosure.url);
    expect([file.status, file.headers.get("content-type"), await file.text()]).toEqual([200, "audio/mpeg", "abcde"]);
    const part = await app.request(enclosure.url, { headers: { range: "bytes=1-2" } });
    expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([206, "bytes 1-2/5", "bc"]);
    const head = await app.request(enclosure.url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "5", ""]);
    // Who has an episode does not have the feed.
    const fileToken = new URL(enclosure.url).searchParams.get("token");
    await expectProblem(await app.request(url.replace(/token=.*/, `token=${fileToken}`)), 401, "unauthorized");
  });

  test("is the same while nothing is new, and answers 304 to who has it", async () => {
    const { app, episode, open } = await start();
    await episode();
    const { url } = await open();
    const first = await app.request(url);
    const tag = first.headers.get("etag") ?? "";
    expect((await app.request(url, { headers: { "if-none-match": tag } })).status).toBe(304);
    const head = await app.request(url, { method: "HEAD" });
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, tag, ""]);
    await episode();
    const second = await app.request(url, { headers: { "if-none-match": tag } });
    expect(second.status).toBe(200);
    expect((await second.text()).match(/<item>/g)).toHaveLength(2);
  });

  test("shows what its schedule made and has kept, and nothing else", async () => {
    const { app, service, send, episode, open, id } = await start();
    await episode();
    await episode({ scheduleId: null });
    const failed = await started(service.database, { owner: localOwner, scheduleId: id });
    await service.database.jobs.move(failed.id, null, "cancel");
    const { url } = await open();
    expect((await (await app.request(url)).text()).match(/<item>/g)).toHaveLength(1);
    expect(await (await send("GET", `/api/v1/schedules/${id}`)).json()).toMatchObject({
      feed: { createdAt: expect.any(String) },
    });
  });

  test("shows the videos of its batches as they come, and not those of other batches", async () => {
    const { app, service, episode, open } = await start();
    const batch = await service.database.batches.insert({
      ...{
        id: `bat_${"0".repeat(31)}1` as const,
        owner: localOwner,
        title: "A channel",
        scheduleId: null,
        onlyNew: true,
        labels: {},
      },
      ...{ source: { url: "https://www.youtube.com/@sample", order: "source" }, request: DownloadTemplate.parse({}) },
      ...{ maxAttempts: 1, checkpoint: nothingToRead, requestId: null, traceparent: null },
    });
    const child = await episode({ batchId: batch.id }, { title: "Of the channel" });
    await episode({ batchId: batch.id, scheduleId: null }, { title: "Of another batch" });
    const { url } = await open();
    const text = await (await app.request(url)).text();
    expect(text.match(/<item>/g)).toHaveLength(1);
    expect(text).toContain("<title>Of the channel</title>");
    const [file = ""] = /https?:[^"]*\/feed\/[^"]*/.exec(text) ?? [];
    expect(file).toContain(child.id);
    expect(await (await app.request(file)).text()).toBe("abcde");
  });

  test("is closed to a wrong token, and its links end with it", async () => {
    const { app, send, episode, open, id } = await start();
    await episode();
    const { url } = await open();
    const [file = ""] = /https?:[^"]*\/feed\/[^"]*/.exec(await (await app.request(url)).text()) ?? [];
    expect((await app.request(file)).status).toBe(200);
    for (const token of ["x", url.split("token=")[1]?.slice(0, -1)])
      await expectProblem(await app.request(url.replace(/token=.*/, `token=${token}`)), 401, "unauthorized");
    await expectProblem(await app.request(url.replace(/\?.*/, "")), 422, "invalid_request");
    await expectProblem(await app.request(file.replace(/\?.*/, "")), 422, "invalid_request");
    const other = await open();
    expect(other.url).not.toBe(url);
    for (const link of [url, file]) await expectProblem(await app.request(link), 401, "unauthorized");
    expect((await app.request(other.url)).status).toBe(200);
    expect((await send("DELETE", `/api/v1/schedules/${id}/feed`)).status).toBe(204);
    await expectProblem(await app.request(other.url), 401, "unauthorized");
    await expectProblem(await app.request(other.url.replace(id, id.replace(/..$/, "ff"))), 401, "unauthorized");
  });

  test("does not open the file of a download that another schedule made", async () => {
    const { app, episode, open } = await start();
    const [own, other] = [await episode(), await episode({ scheduleId: null })];
    const { url } = await open();
    const [file = ""] = /https?:[^"]*\/feed\/[^"]*/.exec(await (await app.request(url)).text()) ?? [];
    await expectProblem(await app.request(file.replace(own.id, other.id)), 401, "unauthorized");
  });

  test("hands its files out as any file is: by a link to the storage, by a part, and not again to who has them", async () => {
    const { app, service, episode, open } = await start();
    await episode();
    const { url } = await open();
    const [file = ""] = /https?:[^"]*\/feed\/[^"]*/.exec(await (await app.request(url)).text()) ?? [];
    const tag = (await app.request(file)).headers.get("etag") ?? "";
    expect((await app.request(file, { headers: { "if-none-match": tag } })).status).toBe(304);
    expect((await app.request(file, { headers: { range: "bytes=100-" } })).status).toBe(416);
    service.link = "https://storage.example/film?signature=1";
    expect((await app.request(file)).status).toBe(302);
  });

  test.each([
    [404, "not_found"],
    [410, "artifact_expired"],
    [429, "rate_limit_exceeded"],
    [503, "unavailable"],
    [500, "internal_error"],
  ] as const)("answers with %d when it must, and so do its files", async (status, code) => {
    const { app, service, episode, open } = await start();
    await episode();
    const { url } = await open();
    const [file = ""] = /https?:[^"]*\/feed\/[^"]*/.exec(await (await app.request(url)).text()) ?? [];
    const refuse = () => Promise.reject(new AppError(code));
    Object.assign(service.schedules, { feed: refuse, ownerOfFeedFile: refuse });
    await expectProblem(await app.request(file), status, code);
    // A feed is never past its time.
    if (status !== 410) await expectProblem(await app.request(url), status, code);
  });
});
