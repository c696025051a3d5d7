/**
 * Every place in which a site can name an address, with every way to write one, through the genuine yt-dlp and FFmpeg:
 * nobody may reach a trap.
 */
import { parseArgs } from "node:util";
import { orUsage } from "../../bin/lib/usage.ts";
import { allCells, runMatrix } from "./matrix.ts";
import { deadPlaces, places } from "./places.ts";
import { schemes } from "./schemes.ts";
import { describeOutcome, isRight } from "./verdict.ts";

const help = `bin/egress-matrix: each place in which a site can name an address, with each way to write one; nothing inside may be reached

  --place TEXT   only places whose name has it
  --scheme TEXT  only ways whose name has it
  --cold         starts yt-dlp anew for each run`;

const { values } = orUsage(help, () =>
  parseArgs({
    options: {
      cold: { type: "boolean" },
      place: { type: "string", default: "" },
      scheme: { type: "string", default: "" },
    },
  }),
);
const cells = allCells([...places, ...deadPlaces], schemes).filter(
  ({ place, scheme }) => place.name.includes(values.place) && (scheme?.name ?? "open").includes(values.scheme),
);
const startedAt = Date.now();
let done = 0;
const outcomes = await runMatrix(cells, {
  warm: values.cold !== true,
  onOutcome: (outcome) => {
    done++;
    if (!isRight(outcome)) console.log(describeOutcome(outcome));
    else if (done % 100 === 0) console.log(`${done} of ${cells.length}`);
  },
});
const wrong = outcomes.filter((outcome) => !isRight(outcome)).length;
console.log(
  `${outcomes.length} cells in ${Math.round((Date.now() - startedAt) / 1000)} s: ${wrong === 0 ? "nobody reached a trap" : `${wrong} WRONG`}`,
);
process.exit(wrong === 0 ? 0 : 1);
