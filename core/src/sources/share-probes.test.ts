import { describe, expect, test } from "bun:test";
import { createHeldClock } from "@vidferry/testing";
import type { Probe, ProbeOptions } from "../pipeline/downloader.ts";
import { shareProbes } from "./share-probes.ts";

const url = "https://www.youtube.com/playlist?list=PLsample";
const list = (title: string): Probe => ({
  ...{ kind: "playlist", id: "PLsample", title, channel: null, webpageUrl: url, count: 0, entries: [] },
  nextCursor: null,
});
const options = (more: Partial<ProbeOptions> = {}): ProbeOptions => ({
  ...{ signal: new AbortController().signal, owner: "ada" },
  ...more,
});

/** Probes that a test answers one by one. */
function scene() {
  const clock = createHeldClock();
  const asked: { readonly signal: AbortSignal; readonly answer: (probe: Probe) => void; readonly fail: () => void }[] =
    [];
  const told: string[] = [];
  const probe = shareProbes(
    (_, { signal }) =>
      new Promise((resolve, reject) => {
        asked.push({ signal, answer: resolve, fail: () => reject(new Error("broken")) });
      }),
    {
      clock,
      telemetry: { happened: (_, facts) => void told.push("how" in facts ? String(facts.how) : "") },
      keptMs: 600_000,
    },
  );
  return { clock, asked, told, probe };
}

describe("probes of one link", () => {
  test("at the same time ask the source once", async () => {
    const { probe, asked, told } = scene();
    const answers = Promise.all([probe(url, options()), probe(url, options()), probe(url, options())]);
    expect(asked).toHaveLength(1);
    asked[0]?.answer(list("one"));
    expect(await answers).toEqual([list("one"), list("one"), list("one")]);
    expect(told).toEqual(["joined", "joined"]);
  });

  test("are answered again for minutes, and then ask anew", async () => {
    const { clock, probe, asked, told } = scene();
    const first = probe(url, options());
    asked[0]?.answer(list("one"));
    await first;
    clock.advance(119_000);
    expect(await probe(url, options({ holder: "another key" }))).toEqual(list("one"));
    clock.advance(1_000);
    const later = probe(url, options());
    asked[1]?.answer(list("two"));
    expect(await later).toEqual(list("two"));
    expect(told).toEqual(["kept"]);
  });

  test("are apart for each owner, egress and page", () => {
    const { probe, asked } = scene();
    for (const more of [{}, { owner: "bob" }, { limit: 5 }, { cursor: "5" }, { through: "home" }, { offset: 5 }])
      void probe(url, options(more));
    expect(asked).toHaveLength(6);
  });

  test("ask the source each time where the request says so, or names no owner", async () => {
    const { probe, asked } = scene();
    const first = probe(url, options());
    asked[0]?.answer(list("one"));
    await first;
    for (const more of [{ reuse: "never" as const }, { owner: undefined }]) void probe(url, options(more));
    expect(asked).toHaveLength(3);
  });

  test("that failed are not kept", async () => {
    const { probe, asked } = scene();
    const failed = Promise.allSettled([probe(url, options()), probe(url, options())]);
    asked[0]?.fail();
    expect((await failed).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    void probe(url, options());
    expect(asked).toHaveLength(2);
  });

  test("go on while somebody waits, and end when the last one leaves", async () => {
    const { probe, asked } = scene();
    const leaving = [new AbortController(), new AbortController()];
    const [one, other] = leaving.map(({ signal }) => probe(url, options({ signal })));
    leaving[0]?.abort(new Error("enough"));
    await expect(one).rejects.toThrow("enough");
    expect(asked[0]?.signal.aborted).toBe(false);
    leaving[1]?.abort(new Error("enough"));
    await expect(other).rejects.toThrow("enough");
    expect(asked[0]?.signal.aborted).toBe(true);
    void probe(url, options());
    expect(asked).toHaveLength(2);
  });

  test("are kept in bounded number", async () => {
    const { probe, asked, told } = scene();
    for (let index = 0; index <= 500; index += 1) {
      const answer = probe(`${url}${index}`, options());
      asked[index]?.answer(list(String(index)));
      await answer;
    }
    await probe(`${url}500`, options());
    void probe(`${url}0`, options());
    expect(told).toEqual(["kept"]);
    expect(asked).toHaveLength(502);
  });
});
