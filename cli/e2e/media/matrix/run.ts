import { type MediaScene, saveFile, setMediaScene } from "../media-scene.ts";
import { type Cell, nameOf } from "./cells.ts";
import { judge, type Verdict } from "./judge.ts";
import { type Delivered, type SourceKind, sourceSeconds } from "./source-kind.ts";
import { chapters, needsPage, requestOf, segments } from "./wishes.ts";

/** A cell and what became of it. */
export interface Outcome {
  readonly cell: Cell;
  readonly verdict: Verdict;
}

/** Jobs at once; a cell waits for its source, for other programs and for the queue. */
const atOnce = 4;

/** Sends each cell to a service, and judges the results. */
export async function runMatrix(
  cells: readonly Cell[],
  { onOutcome }: { readonly onOutcome?: (outcome: Outcome) => void } = {},
): Promise<readonly Outcome[]> {
  // All cells take much longer than a test may, and one of them long on a machine that is busy with something else.
  const options = { reachesDouble: true, deadlineMs: 0, patienceMs: 900_000 };
  await using scene = await setMediaScene({ WORKER_CONCURRENCY: String(atOnce) }, options);
  const shelf = createShelf(scene);
  const outcomes: Outcome[] = [];
  const queue = [...cells];
  const work = async () => {
    for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
      const verdict = await runCell(scene, shelf, cell).catch(
        (error: unknown): Verdict => ({ end: "wrong", said: [String(error)] }),
      );
      outcomes.push({ cell, verdict });
      onOutcome?.({ cell, verdict });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return outcomes;
}

async function runCell(scene: MediaScene, shelf: Shelf, cell: Cell): Promise<Verdict> {
  const { link, page } = await shelf.find(cell.source);
  const url = needsPage(cell.wish) ? page : link;
  const job = await scene.service.run({ url, ...requestOf(cell.wish, cell.source) });
  return await judge(cell, job, (artifact) => saveFile(scene.service, scene.scene, artifact));
}

/** Where a source is reached. */
interface Shelved {
  /** Directly. */
  readonly link: string;
  /** By a page of the double, with captions, chapters and segments. */
  readonly page: string;
}

/** The sources that have been made so far. */
interface Shelf {
  find(source: SourceKind): Promise<Shelved>;
}

function createShelf(scene: MediaScene): Shelf {
  const made = new Map<SourceKind, Promise<Shelved>>();
  const cues = Array.from({ length: sourceSeconds }, (_, second) => ({
    startMs: second * 1_000,
    endMs: second * 1_000 + 950,
    // Wide letters are seen also in a small picture.
    text: `sec ${second} WWWWWW`,
  }));
  const put = async (source: SourceKind, id: string): Promise<Shelved> => {
    const { as, path } = await source.make(scene, id);
    scene.scene.youtube.addVideo({
      id,
      title: source.name,
      challenge: "none",
      media: { seconds: sourceSeconds, ...mediaOf(scene, as, path) },
      captions: [{ language: "en", cues }],
      chapters,
      sponsorSegments: segments,
    });
    return { link: scene.origin.url(path), page: scene.scene.youtube.url(id) };
  };
  return {
    find: (source) => {
      const known = made.get(source) ?? put(source, `matrix-${String(made.size).padStart(4, "0")}`);
      made.set(source, known);
      return known;
    },
  };
}

function mediaOf(scene: MediaScene, as: Delivered["as"], path: string) {
  switch (as) {
    case "file":
      return { files: { 18: scene.at(path) } };
    case "sound":
      return { files: { 140: scene.at(path) } };
    case "hls":
      return { files: {}, hlsUrl: scene.origin.url(path) };
    case "dash":
      return { files: {}, dashUrl: scene.origin.url(path) };
  }
}

/** An outcome as lines of text. */
export const describeOutcome = ({ cell, verdict: { end, said } }: Outcome): string =>
  `${end === "wrong" ? "WRONG" : end}  ${nameOf(cell)}${said.map((line) => `\n       ${line}`).join("")}`;
