import { expect, test } from "bun:test";
import { fewUnlessWhole, onlyWhole } from "@vidferry/testing";
import { fewCells, runMatrix } from "./matrix.ts";
import { deadPlaces, places } from "./places.ts";
import { schemes } from "./schemes.ts";
import { describeOutcome, isRight } from "./verdict.ts";

const testWhole = onlyWhole(test);

const everyPlace = [...places, ...deadPlaces];
/** One of each sort: a protocol of yt-dlp, one of FFmpeg, one that wraps another, a way to write an address, and what is no address. */
const fewSchemes = [
  ...["http", "https", "ftp", "ws", "rtsp", "rtmp", "tcp", "crypto+http", "FTP in capitals", "no scheme"],
  ...["http with a user", "http to 0x7f.1", "http to localhost..", "http to [::ffff:127.0.0.1]", "concat"],
  ...["subfile", "unix", "file", "a path", "pipe", "data", "smuggled headers"],
];

// With --whole each place and each scheme at least once, otherwise every fifth place; bin/egress-matrix tries them all with one another, and each place with an allowed URL.
test("whatever a site names, wherever it stands, nothing is reached past the egress guard", async () => {
  const cells = fewCells(
    fewUnlessWhole(everyPlace, (place) => everyPlace.indexOf(place) % 5 === 0),
    fewUnlessWhole(schemes, ({ name }) => fewSchemes.includes(name)),
  );
  const outcomes = await runMatrix(cells, { warm: true });
  expect(outcomes.filter((outcome) => !isRight(outcome)).map(describeOutcome)).toEqual([]);
}, 240_000);

testWhole(
  "nor by a yt-dlp that is started anew for each run",
  async () => {
    const names = fewUnlessWhole(["http", "ftp"], (name) => name === "http");
    const hostile = schemes.filter(({ name }) => names.includes(name));
    const outcomes = await runMatrix(fewCells(places.slice(0, 1), hostile), { warm: false });
    expect(outcomes.filter((outcome) => !isRight(outcome)).map(describeOutcome)).toEqual([]);
  },
  120_000,
);
