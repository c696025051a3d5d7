import { describe, expect, test } from "bun:test";
import type { JobResource } from "@vidferry/core";
import { createBars, createLines } from "./progress-bars.ts";
import { emulatedScreen } from "./testing/emulated-screen.ts";

const nothing = { percent: null, downloadedBytes: null, totalBytes: null, bytesPerSecond: null, etaSeconds: null };
const job = (fields: Partial<JobResource>): JobResource =>
  ({
    state: "queued",
    stage: null,
    media: null,
    request: { url: "the link" },
    waitingFor: null,
    progress: nothing,
    ...fields,
  }) as JobResource;

test("a pause between two tries is told with its end and its reason, once", () => {
  const lines: string[] = [];
  const display = createLines((line) => lines.push(line));
  const until = new Date(2026, 0, 2, 3, 4, 5).toISOString();
  const pause = job({ waitingFor: { reason: "egress", until, detail: "Sign in to confirm you're not a bot." } });
  for (const shown of [job({ state: "running", stage: "resolving" }), pause, pause]) display.show("key", shown);
  expect(lines).toEqual([
    "the link: resolving",
    "the link: waiting until 03:04:05: Sign in to confirm you're not a bot.",
  ]);
});

describe("bars", () => {
  const half = job({ state: "running", stage: "downloading", progress: { ...nothing, percent: 50 } });

  test("show each stage at once, and stay where they are while nothing is known", async () => {
    const screen = emulatedScreen(100);
    const bars = createBars(() => undefined, screen);
    bars.show("a", half);
    bars.show("a", job({ state: "running", stage: "processing" }));
    expect(await screen.lines()).toEqual([`${"█".repeat(12)}${"░".repeat(12)}  50 %  the link  processing`]);
  });

  test("make place for what is finished", async () => {
    const screen = emulatedScreen(100);
    const bars = createBars(() => undefined, screen);
    bars.show("a", half);
    bars.show("b", job({ state: "running", stage: "resolving" }));
    bars.finish("a", "saved a.mp4\nsaved a.srt");
    expect(await screen.lines()).toEqual([
      "saved a.mp4",
      "saved a.srt",
      `${"░".repeat(24)}   0 %  the link  resolving`,
    ]);
  });

  test("never go back after Ctrl-C: what comes then is not drawn", async () => {
    const notes: string[] = [];
    const screen = emulatedScreen(100);
    const bars = createBars((line) => notes.push(line), screen);
    bars.show("a", half);
    bars.stop();
    const written = screen.written;
    bars.show("a", job({ state: "canceled", progress: { ...nothing, percent: 0 } }));
    bars.finish("a", "told");
    expect([screen.written, notes]).toEqual([written, ["told"]]);
    expect(await screen.lines()).toEqual([]);
  });

  test("take nothing from a title that could steer the terminal", async () => {
    const screen = emulatedScreen(100);
    const bars = createBars(() => undefined, screen);
    const media = { title: "a\u001b[2Jb\nc" } as NonNullable<JobResource["media"]>;
    bars.show("a", job({ media }));
    expect((await screen.lines()).length).toBe(1);
    expect(screen.written).not.toContain("\u001b[2J");
  });
});
