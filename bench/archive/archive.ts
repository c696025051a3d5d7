import { createServiceFixture } from "@vidferry/testing";
import { createApp } from "../../api/src/app.ts";
import { createOpenAuth } from "../../api/src/auth/auth.ts";
import { defaultApiConfig } from "../../api/src/config.ts";
import { createService } from "../../api/src/create-service.ts";
import { startServer } from "../../api/src/http/server.ts";
import {
  BatchRequest,
  type BlobStore,
  createBatch,
  defaultHostPolicy,
  expandBatch,
  localOwner,
  type OpenBlob,
  type ServiceDeps,
  type StoredArtifact,
} from "../../core/src/index.ts";
import { residentBytes, watchMemory } from "../memory.ts";

/** What the archive is made of. */
export interface ArchiveSize {
  /** At most 1,000. */
  readonly jobs: number;
  /** Small files of each job. */
  readonly filesEach: number;
  /** Size of one more file, the first one. */
  readonly largeBytes: number;
}

/** What Python's reader found in it, and what sending it took. */
export interface ArchiveReport {
  readonly files: number;
  /** Of the file that the archive announced and of the one that came. */
  readonly bytes: readonly [announced: number, came: number];
  /** Size of the first file, and its last bytes. */
  readonly large: readonly [number, string];
  /** Name and content of the last file. */
  readonly last: readonly [string, string];
  /** Name of the first file whose checksum is wrong; null: none. */
  readonly broken: string | null;
  readonly seconds: number;
  /** How much the memory of the sender grew meanwhile. */
  readonly grewBytes: number;
}

const policy = { hosts: defaultHostPolicy, maxAttempts: 3 };
const words = new TextEncoder().encode("words");
const end = new TextEncoder().encode("end");
const zeros = new Uint8Array(1 << 20);
/** Of the key of the large file. */
const largeEnding = "mkv";
const linkOf = (number: number): string => `https://www.youtube.com/watch?v=v${String(number).padStart(10, "0")}`;

/**
 * Makes a batch whose results nobody stored: they are made while they are read. Python fetches their archive over HTTP into a file with
 * holes where it has zeros, so that it needs no room, and reads it.
 */
export async function checkArchive(size: ArchiveSize): Promise<ArchiveReport> {
  await using fixture = await createServiceFixture({}, {});
  const deps = { ...fixture.deps, blobs: madeWhileRead(fixture.deps.blobs, size.largeBytes) };
  const id = await makeBatch(deps, size);
  const probe = () => Promise.reject(new Error("no link is looked at"));
  const service = createService(deps, { ...policy, linkSeconds: 60, probe });
  const app = createApp({ service, auth: createOpenAuth(), config: defaultApiConfig, logger: deps.logger });
  const server = await startServer({ app, host: "127.0.0.1", port: 0, logger: deps.logger });
  const before = residentBytes(process.pid);
  const memory = watchMemory(process.pid);
  try {
    const url = `${server.url}/api/v1/batches/${id}/archive`;
    const python = Bun.spawn(["python3", "-c", reader, url], { stdout: "pipe", stderr: "inherit" });
    const text = await new Response(python.stdout).text();
    if ((await python.exited) !== 0) throw new Error("Python's reader refuses the archive");
    return { ...(JSON.parse(text) as Omit<ArchiveReport, "grewBytes">), grewBytes: memory.stop().most - before };
  } finally {
    memory.stop();
    await server.stop({ graceMs: 0 });
  }
}

const reader = `
import json, sys, tempfile, time, urllib.request, zipfile
began = time.monotonic()
with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1]) as answer, tempfile.TemporaryFile() as archive:
    announced = int(answer.headers['content-length'])
    while chunk := answer.read(1 << 20):
        if chunk.count(0) == len(chunk):
            archive.seek(len(chunk), 1)
        else:
            archive.write(chunk)
    came = archive.tell()
    seconds = time.monotonic() - began
    archive.truncate(came)
    with zipfile.ZipFile(archive) as zip:
        files = zip.infolist()
        broken = zip.testzip()
        with zip.open(files[0]) as large:
            tail = b''
            while chunk := large.read(1 << 20):
                tail = (tail + chunk)[-3:]
        last = [files[-1].filename, zip.read(files[-1]).decode()]
        print(json.dumps({
            'files': len(files), 'bytes': [announced, came], 'large': [files[0].file_size, tail.decode()],
            'last': last, 'broken': broken, 'seconds': seconds,
        }))
`;

async function makeBatch(deps: ServiceDeps, { jobs, filesEach, largeBytes }: ArchiveSize): Promise<string> {
  const urls = Array.from({ length: jobs }, (_, number) => linkOf(number));
  await createBatch(deps, policy, { owner: localOwner, request: BatchRequest.parse({ urls }), requestId: null });
  const batch = await deps.database.batches.claim(600_000);
  if (batch === null) throw new Error("there is no batch to expand");
  const { signal } = new AbortController();
  const probe = () => Promise.reject(new Error("a batch of links has no list"));
  await expandBatch(deps, batch, { leaseMs: 600_000, hosts: defaultHostPolicy, probe, signal });
  const claim = { worker: "worker", host: "host", leaseMs: 600_000 };
  const ids = (await deps.database.jobs.list({ owner: null, limit: jobs })).map(({ id }) => id).reverse();
  for (const job of ids) {
    const [claimed] = await deps.database.attempts.claim([job], claim);
    if (claimed === undefined) throw new Error(`${job} cannot be claimed`);
    const artifact = (bytes: number, number: number): StoredArtifact => {
      const artifactId = deps.ids.next("art");
      const storageKey = `jobs/${job}/1/${artifactId}.${bytes === largeBytes ? largeEnding : "mp4"}`;
      // All of one name, as a template without the title makes them.
      const named = {
        fileName: `video.${number}.mp4`,
        kind: "video",
        contentType: "video/mp4",
        language: null,
      } as const;
      const media = { width: null, height: null, fps: null, videoCodec: null, audioCodec: null, durationSeconds: null };
      return { id: artifactId, storageKey, bytes, sha256: "0".repeat(64), automatic: false, ...named, ...media };
    };
    const artifacts = Array.from({ length: filesEach }, (_, number) => artifact(words.length, number));
    if (job === ids[0]) artifacts.unshift(artifact(largeBytes, 0));
    const progress = { percent: 100, downloadedBytes: 1, totalBytes: 1, bytesPerSecond: null, etaSeconds: null };
    const made = { artifacts, progress, media: null, warnings: [], engine: { ytDlp: null, ffmpeg: null } };
    await deps.database.attempts.succeed({ jobId: job, attempt: claimed.attempt }, { ...made, retentionMs: null });
  }
  return batch.id;
}

/** A store whose files are zeros with an end, or a word, as long as they were recorded. */
function madeWhileRead(blobs: BlobStore, largeBytes: number): BlobStore {
  return {
    ...blobs,
    open: async (key): Promise<OpenBlob> => {
      const isLarge = key.endsWith(largeEnding);
      const bytes = isLarge ? largeBytes : words.length;
      return { key, bytes, modifiedAt: new Date(), body: isLarge ? zerosOf(bytes) : new Blob([words]).stream() };
    },
  };
}

function zerosOf(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes - end.length;
  return new ReadableStream(
    {
      pull: (controller) => {
        if (left === 0) {
          controller.enqueue(end);
          controller.close();
          return;
        }
        const part = zeros.subarray(0, Math.min(left, zeros.length));
        left -= part.length;
        controller.enqueue(part);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Memory that the sender may take beside what it had: some kilobytes for each file, and nothing of their bytes. */
const mostGrowth = 384 * 1024 ** 2;

/** What is wrong with an archive of this size. */
export function faultsOf(report: ArchiveReport, { jobs, filesEach, largeBytes }: ArchiveSize): string[] {
  const { files, bytes, large, last, broken, grewBytes } = report;
  const wanted = jobs * filesEach + 1;
  const faults: string[] = [];
  if (files !== wanted) faults.push(`${files} files, not ${wanted}`);
  if (bytes[0] !== bytes[1]) faults.push(`${bytes[0]} bytes were announced, and ${bytes[1]} came`);
  if (large[0] !== largeBytes || large[1] !== "end")
    faults.push(`the large file has ${large[0]} bytes and ends with ${large[1]}`);
  const lastName = jobs === 1 ? `video.${filesEach - 1}.mp4` : `video.${filesEach - 1} (${jobs}).mp4`;
  if (last[0] !== lastName || last[1] !== "words") faults.push(`the last file is ${last[0]}, with ${last[1]}`);
  if (broken !== null) faults.push(`${broken} has a wrong checksum`);
  if (grewBytes > mostGrowth) faults.push(`the memory of the sender grew by ${Math.round(grewBytes / 1024 ** 2)} MiB`);
  return faults;
}
