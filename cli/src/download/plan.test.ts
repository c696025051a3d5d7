import { describe, expect, test } from "bun:test";
import { AppError, defaultHostPolicy, type PlaylistEntry, type Probe, type ProbeLink } from "@vidferry/core";
import { type Planned, type PlanOptions, planDownloads } from "./plan.ts";

const link = (id: string): string => `https://www.youtube.com/watch?v=${id}`;
const idOf = (index: number): string => `entry${String(index).padStart(6, "0")}`;
const entry = (index: number, changes: Partial<PlaylistEntry> = {}): PlaylistEntry => ({
  kind: "video",
  id: idOf(index),
  url: link(idOf(index)),
  title: `Entry ${index}`,
  durationSeconds: 60,
  uploadedAt: null,
  unavailable: null,
  ...changes,
});
const list = "https://www.youtube.com/playlist?list=PLplanned000001";
const channel = "https://www.youtube.com/@planned/videos";

/** Answers with pages of these entries, and counts how often it was asked. */
function lists(entries: readonly PlaylistEntry[]): { readonly probe: ProbeLink; readonly asked: () => number } {
  let asked = 0;
  const probe: ProbeLink = async (url, { limit = 100, offset = 0 }) => {
    asked += 1;
    const page = entries.slice(offset, offset + limit);
    const isLast = offset + limit >= entries.length;
    const whole = { id: "PL", title: "List", channel: null, webpageUrl: url, count: entries.length };
    return { kind: "playlist", ...whole, entries: page, nextCursor: isLast ? null : "more" } satisfies Probe;
  };
  return { probe, asked: () => asked };
}

const plan = (links: readonly string[], options: Partial<PlanOptions> & Pick<PlanOptions, "probe">) =>
  Array.fromAsync(
    planDownloads(links, {
      shape: {},
      hosts: defaultHostPolicy,
      match: {},
      limit: null,
      known: null,
      signal: new AbortController().signal,
      ...options,
    }),
  );
const told = (planned: Planned): string =>
  planned.kind === "fetch" ? `fetch ${planned.wanted.title}` : `${planned.kind} ${planned.url.slice(-11)}`;

describe("a list that is to be downloaded", () => {
  const many = Array.from({ length: 250 }, (_, index) => entry(index));

  test("is read page by page, and each video is taken once", async () => {
    const { probe, asked } = lists(many);
    const planned = await plan([list, link(idOf(3))], { probe });
    expect(planned.map(told)).toEqual(many.map(({ title }) => `fetch ${title}`));
    expect(asked()).toBeGreaterThan(1);
  });

  test("is read no further than --limit, which counts what is known too", async () => {
    const { probe, asked } = lists(many);
    const known = new Set([link(idOf(1))]);
    const planned = await plan([list], { probe, limit: 3, known });
    expect([planned.map(told), asked()]).toEqual([["fetch Entry 0", "known entry000001", "fetch Entry 2"], 1]);
  });

  test("is matched by its titles, and tells what cannot be had", async () => {
    const { probe } = lists([entry(1), entry(2, { unavailable: "video_private" }), entry(12), entry(22)]);
    const planned = await plan([list], { probe, match: { title: "/ [12]+$/" }, limit: 2 });
    expect(planned.map(told)).toEqual(["fetch Entry 1", "unavailable entry000002", "fetch Entry 12"]);
  });

  test("of a channel ends where everything is known: what comes later is older", async () => {
    const newest = lists(many);
    const known = new Set(many.slice(2).map(({ url }) => url));
    const planned = await plan([channel], { probe: newest.probe, known });
    expect(planned.filter(({ kind }) => kind === "fetch").map(told)).toEqual(["fetch Entry 0", "fetch Entry 1"]);
    expect(newest.asked()).toBeLessThan(4);
    const playlist = lists(many);
    await plan([list], { probe: playlist.probe, known: new Set(many.map(({ url }) => url)) });
    expect(playlist.asked()).toBeGreaterThanOrEqual(2);
  });

  test("that cannot be read is told, and the other links are taken all the same", async () => {
    const probe: ProbeLink = () => Promise.reject(new AppError("video_private", "The list is private."));
    const planned = await plan([list, link(idOf(1)), "no link"], { probe });
    expect(planned.map(({ kind }) => kind)).toEqual(["failed", "fetch", "fetch"]);
  });
});
