import { describe, expect, test } from "bun:test";
import { appendFile, mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createServiceFixture, roomyLimits, tempDir } from "@vidferry/testing";
import type { AttemptDeps } from "../../../../dependencies.ts";
import { AppError } from "../../../../errors/app-error.ts";
import type { Job } from "../../../../jobs/job.ts";
import type { Attempt } from "../../../../pipeline/attempt.ts";
import { openCopies } from "../../../../pipeline/live/recording-copies.ts";
import type { WorkFolder } from "../../../../pipeline/work-folders.ts";
import { localWorkFolders } from "../../../blobs/local-disk/index.ts";
import { createMemoryBlobStore } from "../../../memory/index.ts";
import { liveRecordingFiles } from "./recording-files.ts";

const files = liveRecordingFiles();

/** Machines that share a storage, on which attempts of one job record. */
async function withMachines(
  run: (scene: {
    attempt(number: number, machine: string): Promise<Recorder>;
    readonly deps: AttemptDeps;
    stored(): Promise<string[]>;
  }) => Promise<void>,
): Promise<void> {
  await using fixture = await createServiceFixture({}, { blobs: createMemoryBlobStore() });
  await using dir = await tempDir("vidferry-machines-");
  const { deps } = fixture;
  const job = await fixture.submit();
  await run({
    deps,
    stored: async () => (await Array.fromAsync(deps.blobs.list("jobs/"))).map(({ key }) => key),
    attempt: async (attempt, machine) => {
      const folder = await localWorkFolders({ directory: join(dir.path, machine) }).open(job.id);
      const area = join(folder.path, "yt-dlp/recording");
      await mkdir(area, { recursive: true });
      const over: (() => Promise<void>)[] = [];
      const parts = {
        deps,
        job: { ...job, attempt } as Job,
        folder,
        limits: { ...roomyLimits, minFreeBytes: 1_000_000 },
        whenOver: (work: () => Promise<void>) => over.push(work),
      };
      const copies = openCopies(parts as unknown as Attempt, files, new AbortController().signal);
      return { ...recorder(area, copies, over), folder };
    },
  });
}

type Recorder = ReturnType<typeof recorder> & { readonly folder: WorkFolder };

function recorder(area: string, copies: ReturnType<typeof openCopies>, over: readonly (() => Promise<void>)[]) {
  const sizes = new Map<string, number>();
  return {
    copies,
    /** As the recorder does it: the bytes first, then the line. */
    async record(file: number, content: string, name = "both") {
      const path = join(area, `${name}.${file}`);
      await appendFile(path, content);
      const bytes = (await stat(path)).size;
      sizes.set(path, bytes);
      const line = { file, bytes, seconds: 2, sequence: 1, map: null, missing: 0 };
      await appendFile(join(area, `${name}.journal`), `${JSON.stringify(line)}\n`);
    },
    /** What a process that died was about to write. */
    leave: (file: string, content: string) => appendFile(join(area, file), content),
    read: (file: string) => readFile(join(area, file), "utf8"),
    over: async () => {
      for (const work of over) await work();
    },
  };
}

describe("a recording that is copied", () => {
  test("is whole on another machine, piece by piece, without what was not", () =>
    withMachines(async ({ attempt, stored }) => {
      const first = await attempt(1, "a");
      expect(await first.copies.restore()).toBeNull();
      await first.record(0, "one ", "picture");
      await first.record(0, "uno ", "sound");
      await first.copies.end(null);
      await first.record(0, "two ", "picture");
      await first.record(1, "three ", "picture");
      await first.leave("picture.1", "half");
      await first.leave("sound.journal", '{"file":0,"by');
      await first.copies.end(null);
      await first.copies.end(null);
      expect(await stored()).toHaveLength(2);

      const second = await attempt(2, "b");
      expect(await second.copies.restore()).toBeNull();
      expect([await second.read("picture.0"), await second.read("picture.1"), await second.read("sound.0")]).toEqual([
        ...["one two ", "three ", "uno "],
      ]);
      expect(await second.read("sound.journal")).toMatch(/^\{.*\}\n$/);
      await second.record(1, "four ", "picture");
      await second.copies.end("The worker was shut down.");

      const third = await attempt(3, "c");
      expect(await third.copies.restore()).toBe("The worker was shut down.");
      expect(await third.read("picture.1")).toBe("three four ");
      // Killed there, the next one on its machine must not go on with a recording that was ended.
      const fourth = await attempt(4, "c");
      expect(await fourth.copies.restore()).toBe("The worker was shut down.");
      await fourth.over();
      expect(await stored()).toEqual([]);
    }));

  test("goes on with the further one where a machine has another continuation, and copies from where they part", () =>
    withMachines(async ({ attempt }) => {
      const first = await attempt(1, "a");
      await first.record(0, "one ");
      await first.copies.end(null);
      await first.record(0, "lost ");
      const second = await attempt(2, "b");
      await second.copies.restore();
      await second.record(0, "two ");
      await second.record(0, "three ");
      await second.copies.end(null);

      const back = await attempt(3, "a");
      await back.copies.restore();
      expect((await back.read("both.0")).slice(0, 14)).toBe("one two three ");
      const last = await attempt(4, "b");
      await last.copies.restore();
      await last.record(0, "four ");
      await last.copies.end(null);
      const elsewhere = await attempt(5, "d");
      await elsewhere.copies.restore();
      expect(await elsewhere.read("both.0")).toBe("one two three four ");
    }));

  test("is not asked for by a first attempt, waits for a storage that is away, and begins anew without pieces that can be read", () =>
    withMachines(async ({ attempt, deps, stored }) => {
      const { list } = deps.blobs;
      const away = () => {
        throw new AppError("storage_error");
      };
      Object.assign(deps.blobs, { list: away });
      const first = await attempt(1, "a");
      expect(await first.copies.restore()).toBeNull();
      expect(await (await attempt(2, "b")).copies.restore().catch((error: unknown) => error)).toMatchObject({
        code: "storage_error",
      });
      Object.assign(deps.blobs, { list });
      await first.record(0, "one ");
      await first.copies.end(null);
      const [key = ""] = await stored();
      // The first claims a head of four gigabytes.
      for (const [place, byte] of [
        [key, 255],
        [key.replace("art_0000", "art_0001"), 0],
      ] as const) {
        const stream = new Blob([new Uint8Array(9).fill(byte)]).stream();
        await deps.blobs.put(place, { kind: "stream", stream }, { contentType: "application/octet-stream" });
      }
      const { open } = deps.blobs;
      let mostRead = 0;
      Object.assign(deps.blobs, {
        open: (...[at, range, signal]: Parameters<typeof open>) => {
          mostRead = Math.max(mostRead, range?.end ?? 0);
          return open(at, range, signal);
        },
      });
      const second = await attempt(2, "b");
      expect(await second.copies.restore()).toBeNull();
      expect(mostRead).toBeLessThan(100_000);
      await second.record(0, "anew ");
      await second.copies.end(null);
      const third = await attempt(3, "c");
      await third.copies.restore();
      expect(await third.read("both.0")).toBe("anew ");
    }));

  test("is not taken over where the disk has no room for it", () =>
    withMachines(async ({ attempt, deps }) => {
      const first = await attempt(1, "a");
      await first.record(0, "one ");
      await first.copies.end(null);
      const { freeBytes } = deps.workFolders;
      Object.assign(deps.workFolders, { freeBytes: async () => 1_000_000 });
      const second = await attempt(2, "b");
      expect(await second.copies.restore().catch((error: unknown) => error)).toMatchObject({ code: "disk_full" });
      expect(await second.read("both.0").catch((error: unknown) => error)).toMatchObject({ code: "ENOENT" });
      Object.assign(deps.workFolders, { freeBytes });
      await second.copies.restore();
      expect(await second.read("both.0")).toBe("one ");
    }));

  test("writes nothing outside of its folder, whatever a stored piece is named", () =>
    withMachines(async ({ attempt }) => {
      const one = await attempt(1, "a");
      await one.leave("../outside.journal", "of somebody else\n");
      await files.replace(one.folder, { "../outside": "", "../new": "line\n", both: "line\n" });
      expect(await one.read("../outside.journal")).toBe("of somebody else\n");
      expect(await one.read("both.journal")).toBe("line\n");
      expect(await one.read("../new.journal").catch((error: unknown) => error)).toMatchObject({ code: "ENOENT" });
    }));

  test("is whole where it began twice within one attempt", () =>
    withMachines(async ({ attempt }) => {
      const first = await attempt(1, "a");
      for (const word of ["one ", "two "]) {
        await first.record(0, word);
        await first.copies.end(null);
      }
      await first.record(0, "three ");
      const again = await attempt(1, "a");
      expect(await again.copies.restore()).toBeNull();
      for (const word of ["four ", "five "]) {
        await again.record(0, word);
        await again.copies.end(null);
      }
      const elsewhere = await attempt(2, "b");
      await elsewhere.copies.restore();
      expect(await elsewhere.read("both.0")).toBe("one two three four five ");
      expect(await elsewhere.read("both.journal")).toBe(await again.read("both.journal"));
    }));

  test("goes on although a copy fails: the next one has it", () =>
    withMachines(async ({ attempt, deps }) => {
      const { put } = deps.blobs;
      const first = await attempt(1, "a");
      await first.record(0, "one ");
      Object.assign(deps.blobs, { put: () => Promise.reject(new AppError("storage_error")) });
      await first.copies.end(null);
      Object.assign(deps.blobs, { put });
      await first.record(0, "two ");
      await first.copies.end(null);
      const second = await attempt(2, "b");
      await second.copies.restore();
      expect(await second.read("both.0")).toBe("one two ");
    }));
});
