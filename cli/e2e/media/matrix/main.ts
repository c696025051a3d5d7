/**
 * Every kind of source with everything that may be asked for of it, through a service; each result is judged by what is seen and
 * heard.
 */
import { parseArgs } from "node:util";
import { Presets, SingleBar } from "cli-progress";
import { orUsage } from "../../../../bin/lib/usage.ts";
import { allCells, fewCells, nameOf, sources } from "./cells.ts";
import { describeOutcome, type Outcome, runMatrix } from "./run.ts";

const help = `bin/matrix: each kind of source with everything that may be asked for of it; results are judged by what is seen and heard

  --few        a choice in which each two things meet
  --only TEXT  only cells whose name has it; may be repeated
  --every N    each Nth cell alone; default 1
  --from N     from this cell on; default 0
  --seed TEXT  makes another choice; default 1`;

const { values } = orUsage(help, () =>
  parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [""] },
      few: { type: "boolean", default: false },
      every: { type: "string", default: "1" },
      from: { type: "string", default: "0" },
      seed: { type: "string", default: "1" },
    },
  }),
);
const cells = (values.few ? fewCells : allCells)(values.seed)
  .filter((cell) => values.only.some((text) => nameOf(cell).includes(text)))
  .filter((_, index) => index >= Number(values.from) && index % Number(values.every) === 0);
const startedAt = Date.now();
const isTerminal = process.stderr.isTTY;
const bar = new SingleBar({ format: "{bar} {value} of {total}  {duration_formatted}  {name}" }, Presets.shades_classic);
if (isTerminal) bar.start(cells.length, 0, { name: "" });
let done = 0;
const outcomes = await runMatrix(cells, {
  onOutcome: (outcome) => {
    done++;
    if (isTerminal) bar.update(done, { name: nameOf(outcome.cell) });
    else if (outcome.verdict.end === "wrong") console.error(describeOutcome(outcome));
    else if (done % 20 === 0) console.error(`${done} of ${cells.length}`);
  },
});
bar.stop();

const ends = ["right", "warned", "refused", "wrong"] as const;
const count = (some: readonly Outcome[]) => ends.map((end) => some.filter(({ verdict }) => verdict.end === end).length);
const width = Math.max(...sources.map(({ name }) => name.length));
const row = (name: string, numbers: readonly (number | string)[]) =>
  `${name.padEnd(width)}${numbers.map((number) => String(number).padStart(9)).join("")}`;
console.log(row("", ends));
for (const source of sources) {
  const own = outcomes.filter(({ cell }) => cell.source === source);
  if (own.length > 0) console.log(row(source.name, count(own)));
}
console.log(row(`${outcomes.length} cells in ${Math.round((Date.now() - startedAt) / 1000)} s`, count(outcomes)));
const wrong = outcomes.filter(({ verdict }) => verdict.end === "wrong");
for (const outcome of wrong) console.log(`\n${describeOutcome(outcome)}`);
process.exit(wrong.length === 0 ? 0 : 1);
