import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type BoundDownloader, findTools, fixedEgress, tempDir, throughEgress } from "@vidferry/testing";
import { localWorkFolders } from "../../core/src/adapters/blobs/local-disk/index.ts";
import { startEgressGuard } from "../../core/src/adapters/engine/egress-guard/index.ts";
import { installWrappers } from "../../core/src/adapters/engine/ffmpeg/index.ts";
import { type JsRuntime, ytDlp } from "../../core/src/adapters/engine/yt-dlp/index.ts";
import { createSilentLogger } from "../../core/src/adapters/system/index.ts";
import { DownloadRequest } from "../../core/src/jobs/request.ts";
import type { Resolution } from "../../core/src/pipeline/downloader.ts";
import type { Answer, Place } from "./places.ts";
import type { Scheme } from "./schemes.ts";
import { bait, setTrap } from "./trap.ts";

/** A place with a URL of a scheme; without a scheme, an allowed URL, which the site must then see requested. */
export interface Cell {
  readonly place: Place;
  readonly scheme: Scheme | null;
}

/** The result of a cell. */
export interface Outcome {
  readonly cell: Cell;
  /** Requests that reached the trap, or for an allowed URL the site. */
  readonly reached: number;
  /** Whether the fetched files contain content of the trap. */
  readonly isTaken: boolean;
  /** What the steps ended with, in order. */
  readonly ends: readonly string[];
}

/** Concurrent cells: most of the time they wait between refused tries. */
const atOnce = 6;

/** Fetches from each cell through the genuine programs, as a service with one open private address would. */
export async function runMatrix(
  cells: readonly Cell[],
  { warm, onOutcome }: { readonly warm: boolean; readonly onOutcome?: (outcome: Outcome) => void },
): Promise<readonly Outcome[]> {
  await using dir = await tempDir("vidferry-egress");
  const site = await startSite();
  await using guard = await startEgressGuard({
    allowPrivateHosts: [`127.0.0.1:${site.port}`],
    logger: createSilentLogger(),
  });
  const tools = findTools();
  const [name = "", path = ""] = tools.jsRuntime.split(/:(.*)/s);
  const ffmpegLocation = join(dir.path, "guard");
  installWrappers(ffmpegLocation, tools);
  const downloader = throughEgress(
    ytDlp({
      binary: tools.ytDlp,
      jsRuntime: { name: name as JsRuntime["name"], path },
      ffmpegLocation,
      hostPolicy: { allowedHosts: ["*"], allowPrivateHosts: [`127.0.0.1:${site.port}`] },
      ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
      warm,
    }),
    fixedEgress({ proxyUrl: guard.url }),
  );
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < cells.length; index = next++) {
      const cell = cells[index] as Cell;
      const outcome = await tryCell(cell, index, { root: dir.path, downloader, site });
      outcomes.push(outcome);
      onOutcome?.(outcome);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    downloader.close();
    site.stop();
  }
  return outcomes;
}

interface Stage {
  readonly root: string;
  readonly downloader: BoundDownloader;
  readonly site: Site;
}

async function tryCell({ place, scheme }: Cell, index: number, stage: Stage): Promise<Outcome> {
  const { root, site } = stage;
  const trapFolder = join(root, `trap-${index}`);
  await mkdir(trapFolder);
  await using trap = await setTrap(trapFolder);
  const base = `http://127.0.0.1:${site.port}/${index}`;
  const open = `http://127.0.0.1:${site.port}/open-${index}/x.mp4`;
  const address = scheme === null ? open : scheme.address(trap);
  const answers = place.site(address, base);
  for (const [path, answer] of Object.entries(answers)) site.answers.set(`/${index}/${path}`, answer);
  const folder = await localWorkFolders({ directory: join(root, "jobs") }).open(
    `job_${String(index).padStart(32, "0")}`,
  );
  const ends = await takeSteps(stage.downloader, folder, {
    url: `${base}/${Object.keys(answers)[0]}`,
    info: place.info?.(address, base),
    isSound: place.isSound === true,
  });
  return {
    cell: { place, scheme },
    reached:
      scheme === null ? site.requests.filter((path) => path.startsWith(`/open-${index}/`)).length : trap.caught(),
    isTaken: await holdsBait(folder.path),
    ends,
  };
}

/** Runs the steps of an attempt: resolves, fetches streams, captions and the thumbnail, whatever fails before. */
async function takeSteps(
  downloader: BoundDownloader,
  folder: Awaited<ReturnType<ReturnType<typeof localWorkFolders>["open"]>>,
  { url, info, isSound }: { readonly url: string; readonly info: unknown; readonly isSound: boolean },
): Promise<string[]> {
  const signal = AbortSignal.timeout(60_000);
  const output = isSound ? { type: "audio" as const, format: "best" as const } : { type: "video" as const };
  const request = DownloadRequest.parse({ url, output, subtitles: { languages: ["en"] }, thumbnail: "file" });
  const ends: string[] = [];
  const step = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      const result = await work();
      ends.push("done");
      return result;
    } catch (error) {
      ends.push(error instanceof Error && "code" in error ? String(error.code) : String(error));
      return null;
    }
  };
  let resolution: Resolution | null;
  if (info === undefined) {
    resolution = await step(() => downloader.resolve(request, { folder, signal }));
  } else {
    await mkdir(join(folder.path, "yt-dlp"), { recursive: true });
    await writeFile(join(folder.path, "yt-dlp/info.json"), JSON.stringify(info));
    const streams = [{ formatId: "x", hasVideo: true, hasAudio: true, bytes: null }];
    resolution = { streams, segments: [], warnings: [], media: {} } as unknown as Resolution;
    // Nothing that is fetched without yt-dlp.
    const rest = { sources: [], periods: {}, trimmed: {}, ranges: null, captions: null, pictures: null };
    await writeFile(join(folder.path, "yt-dlp/plan.json"), JSON.stringify({ resolution, ...rest }));
  }
  if (resolution === null) return ends;
  const found = resolution;
  const limits = { maxBytes: null, stallMs: 30_000, onProgress: () => undefined };
  await step(() => downloader.fetch(found, { folder, signal, ...limits }));
  await step(() => downloader.fetchSubtitles(request, found, { folder, signal }));
  await step(() => downloader.fetchThumbnail(found, { folder, signal }));
  return ends;
}

/** Whether something of a trap lies among what was fetched; what the pages said themselves does not count. */
async function holdsBait(folder: string): Promise<boolean> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const file of files) {
    if (!file.isFile() || file.name === "info.json" || file.name === "plan.json") continue;
    if ((await readFile(join(file.parentPath, file.name))).includes(bait)) return true;
  }
  return false;
}

interface Site {
  readonly port: number;
  readonly answers: Map<string, Answer>;
  readonly requests: string[];
  stop(): void;
}

async function startSite(): Promise<Site> {
  const answers = new Map<string, Answer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    requests.push(path);
    const answer = path.startsWith("/open-") ? { type: "video/mp4", body: "0".repeat(4_096) } : answers.get(path);
    if (answer === undefined) return void response.writeHead(404).end();
    const { location } = answer as Answer;
    // Header values are Latin-1.
    if (location !== undefined) return void response.writeHead(302, { location }).end();
    response.writeHead(200, { "content-type": answer.type, "content-length": answer.body.length }).end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port, answers, requests, stop };
}

/** Every place with every scheme, and with an allowed URL. */
export function allCells(places: readonly Place[], schemes: readonly Scheme[]): Cell[] {
  return places.flatMap((place) => [null, ...schemes].map((scheme) => ({ place, scheme })));
}

/**
 * Every place with one scheme, every scheme at least once, and every third place with an allowed URL: few enough for the test
 * suite.
 */
export function fewCells(places: readonly Place[], schemes: readonly Scheme[]): Cell[] {
  const rounds = Math.max(places.length, schemes.length);
  const mixed = Array.from({ length: rounds }, (_, index) => ({
    place: places[index % places.length] as Place,
    scheme: schemes[index % schemes.length] as Scheme,
  }));
  const open = places.filter((_, index) => index % 3 === 0);
  return [...open.map((place) => ({ place, scheme: null })), ...mixed];
}
