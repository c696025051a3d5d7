import { expect, test } from "bun:test";
import { createCatalogue } from "./catalogue.ts";
import { nChallenge, playerScript, signatureChallenge, solveN, solveSignature } from "./challenges.ts";
import { knownItags, sampleFormat } from "./formats.ts";

test("every video of a list or channel is in the catalogue, under an id of YouTube's form", () => {
  const { videos, playlists, channels } = createCatalogue();
  const shown = [
    ...[...playlists.values()].flatMap((list) => list.videoIds),
    ...[...channels.values()].flatMap(({ videos, shorts = [], streams = [] }) => [...videos, ...shorts, ...streams]),
  ];
  expect(shown.filter((id) => !videos.has(id))).toEqual([]);
  for (const id of videos.keys()) expect(id).toMatch(/^[\w-]{11}$/);
});

test("a caller's video replaces a sample of the same id, and a malformed id is refused", () => {
  const { videos } = createCatalogue({ videos: [{ id: "sampleVid01", title: "Mine" }] });
  expect(videos.get("sampleVid01")?.title).toBe("Mine");
  expect(() => createCatalogue({ videos: [{ id: "short" }] })).toThrow(RangeError);
});

test("every known format exists in the landscape set and is listed with its size", () => {
  for (const itag of knownItags) {
    const format = sampleFormat("landscape", itag);
    expect(format?.listing["mimeType"]).toBeString();
    expect(format?.clip).toStartWith(`landscape/${itag}.`);
  }
  expect(sampleFormat("portrait", 137)?.listing).toMatchObject({ width: 1080, height: 1920, qualityLabel: "1080p" });
});

test("the player's script answers the challenges as the origin expects them", () => {
  interface Address {
    fields: Record<string, string>;
    set(name: string, value: string): void;
    solve(): void;
  }
  type Build = (url: string, name?: string, scrambled?: string) => Address;
  const build: Build = new Function(`${playerScript(10_000)}; return _yt_player.build;`)();
  const n = nChallenge("sampleVid01");
  const scrambled = signatureChallenge("sampleVid01", 299);
  const address = build("https://example.com/", "sig", scrambled);
  address.set("n", n);
  address.solve();
  expect(address.fields).toEqual({ alr: "yes", n: solveN(n), sig: solveSignature(scrambled) });
  expect(n).not.toBe(nChallenge("everyFormat"));
  expect(scrambled).not.toBe(signatureChallenge("sampleVid01", 140));
});
