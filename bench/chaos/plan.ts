import type { ResponseFaults } from "@vidferry/testing";
import { lightUrl } from "./light-engine.ts";
import { isPoison, poisonUrl } from "./poison.ts";
import { type Random, weighted } from "./random.ts";
import { type TenantName, tenantOf } from "./tenants.ts";

/** A job that the run will ask for. */
export interface PlannedJob {
  /** Also its idempotency key: however often it is sent, one job must be created. Null: a batch or a schedule makes it. */
  readonly key: string | null;
  readonly kind: string;
  /** Whose it is. */
  readonly tenant: TenantName;
  /** Whether it uses yt-dlp and FFmpeg, or the light engine. */
  readonly engine: "genuine" | "light";
  readonly body: Readonly<Record<string, unknown>>;
  /** Asked to be canceled this long after it was accepted; null: not. */
  readonly cancelAfterMs: number | null;
  /** URL without faults whose bytes the result must equal; null where the media is merged. */
  readonly sameAs: string | null;
}

/** Where the media of a plan is. */
export interface PlanSources {
  /** Address of a path of the media origin. */
  origin(path: string, faults?: ResponseFaults): string;
  /** Address of a video of the YouTube double. */
  youtube(videoId: string): string;
}

interface Kind {
  readonly name: string;
  readonly weight: number;
  /** Bytes of the file; the job's number is added, so that each has a path of its own for faults that hit once. */
  readonly bytes: readonly [number, number];
  /** Absent: those of the source at that time. */
  readonly faults?: (random: Random) => ResponseFaults;
}

const kinds: readonly Kind[] = [
  { name: "small", weight: 55, bytes: [400_000, 900_000] },
  { name: "large, in parts", weight: 12, bytes: [9_000_000, 12_000_000] },
  {
    name: "cut off once",
    weight: 8,
    bytes: [500_000, 600_000],
    faults: (random) => ({ cutAfterBytes: random.between(50_000, 300_000), times: 1, bytesPerSecond: 800_000 }),
  },
  { name: "503 once", weight: 8, bytes: [400_000, 500_000], faults: () => ({ status: 503, times: 1 }) },
  { name: "slow", weight: 7, bytes: [400_000, 500_000], faults: () => ({ bytesPerSecond: 60_000, latencyMs: 300 }) },
  { name: "gone", weight: 5, bytes: [400_000, 500_000], faults: () => ({ status: 404 }) },
];

const genuineKinds = [
  { name: "generic", weight: 40 },
  { name: "generic, slow", weight: 15 },
  { name: "YouTube, one file", weight: 20, videoId: "muxedOnly01", same: "landscape/18.mp4" },
  { name: "YouTube, merged", weight: 12, videoId: "noThumbnail" },
  { name: "YouTube, private", weight: 6, videoId: "privateVid1" },
  { name: "YouTube, 503 once", weight: 7, videoId: "media503one" },
] as const;

/** How many of the planned jobs run on the genuine engine, and how many are canceled. */
export interface PlanShares {
  readonly genuine: number;
  readonly canceled: number;
}

/** The jobs of a run, determined by the seed. */
export function planJobs(random: Random, count: number, shares: PlanShares, sources: PlanSources): PlannedJob[] {
  return Array.from({ length: count }, (_, index) => {
    const key = `job-${index}`;
    const cancelAfterMs = random.chance(shares.canceled) ? random.between(0, 4_000) : null;
    const priority = random.pick(["high", "normal", "normal", "low"]);
    const planned =
      random.next() < shares.genuine ? planGenuine(random, index, sources) : planLight(random, index, sources);
    const tenant = tenantOf(index);
    if (isPoison(index)) return { ...planPoison(index, sources), key, tenant, cancelAfterMs: null };
    return { ...planned, key, tenant, cancelAfterMs, body: { ...planned.body, priority, labels: { run: key } } };
  });
}

type Planned = Pick<PlannedJob, "kind" | "engine" | "body" | "sameAs">;

function planLight(random: Random, index: number, sources: PlanSources): Planned {
  const kind = weighted(random, kinds);
  const path = `big/${random.between(...kind.bytes) + index}.mp4`;
  return {
    kind: kind.name,
    engine: "light",
    body: { url: lightUrl(sources.origin(path, kind.faults?.(random))) },
    sameAs: sources.origin(path),
  };
}

function planPoison(index: number, sources: PlanSources): Planned {
  const url = poisonUrl(lightUrl(sources.origin(`big/${500_000 + index}.mp4`)));
  return { kind: "poison", engine: "light", body: { url, labels: { run: `job-${index}` } }, sameAs: null };
}

function planGenuine(random: Random, index: number, sources: PlanSources): Planned {
  const kind = weighted(random, genuineKinds);
  const common = { kind: kind.name, engine: "genuine" } as const;
  if ("videoId" in kind) {
    const same = "same" in kind ? sources.origin(kind.same) : null;
    return {
      ...common,
      body: { url: sources.youtube(kind.videoId), output: { type: "video", quality: "360p" } },
      sameAs: same,
    };
  }
  const path = `big/${random.between(400_000, 900_000) + index}.mp4`;
  const faults = kind.name === "generic, slow" ? { bytesPerSecond: 120_000 } : undefined;
  return { ...common, body: { url: sources.origin(path, faults) }, sameAs: sources.origin(path) };
}
