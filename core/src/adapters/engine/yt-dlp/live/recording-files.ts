import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../../../errors/app-error.ts";
import type { RecordedSpan, RecordingFiles } from "../../../../pipeline/live/recording-files.ts";
import type { WorkFolder } from "../../../../pipeline/work-folders.ts";
import { onDisk } from "../on-disk.ts";
import { openWorkArea } from "../work-area.ts";
import { piecesOf } from "./journal.ts";

const journalEnding = ".journal";
const isName = (name: string): boolean => /^[a-z]{1,20}$/.test(name);
const isFile = (file: string): boolean => /^[a-z]{1,20}\.\d{1,9}$/.test(file);
const chunkBytes = 256 * 1024;

/** The recordings that yt-dlp makes with the plugin for live streams. */
export function liveRecordingFiles(): RecordingFiles {
  return {
    journals: async (folder) => {
      const area = await areaOf(folder);
      const journals: Record<string, string> = {};
      for (const file of (await onDisk(readdir(area))).sort()) {
        const name = file.slice(0, -journalEnding.length);
        if (!file.endsWith(journalEnding) || !isName(name)) continue;
        journals[name] = wholeLines(await onDisk(readFile(join(area, file), "utf8")));
      }
      return journals;
    },

    spans: (journals, known) =>
      Object.entries(journals).flatMap(([name, text]) => {
        const before = new Map(piecesOf(name, known[name] ?? "").map(({ path, bytes }) => [path, bytes]));
        return piecesOf(name, text)
          .map(({ path, bytes }) => ({ file: path, from: before.get(path) ?? 0, to: bytes }))
          .filter(({ from, to }) => to > from)
          .map(({ file, from, to }) => ({ file, from, bytes: to - from }));
      }),

    read: (folder, spans) => streamOf(bytesOf(folder, spans)),

    write: async (folder, spans, bytes) => {
      const area = await areaOf(folder);
      const reader = bytes.getReader();
      let rest: Uint8Array = new Uint8Array();
      try {
        for (const { file, from, bytes: length } of spans) {
          if (!isFile(file)) throw new Error(`a stored piece of a recording names the file ${file}`);
          const path = join(area, file);
          const target = await onDisk(open(path, "a").then((made) => made.close())).then(() =>
            onDisk(open(path, "r+")),
          );
          try {
            for (let done = 0; done < length; ) {
              if (rest.byteLength === 0) rest = await next(reader);
              const wanted = Math.min(rest.byteLength, length - done);
              // A disk that is almost full takes a part, and refuses the rest the next time.
              const { bytesWritten } = await onDisk(target.write(rest, 0, wanted, from + done));
              done += bytesWritten;
              rest = rest.subarray(bytesWritten);
            }
          } finally {
            await target.close();
          }
        }
      } finally {
        await reader.cancel().catch(() => undefined);
      }
    },

    replace: async (folder, journals) => {
      const area = await areaOf(folder);
      const names = (await onDisk(readdir(area)))
        .filter((file) => file.endsWith(journalEnding))
        .map((file) => file.slice(0, -journalEnding.length));
      // Stored names are part of a path as well.
      for (const name of new Set([...names, ...Object.keys(journals)].filter(isName))) {
        const path = join(area, `${name}${journalEnding}`);
        const text = journals[name] ?? "";
        if (text === "") {
          await onDisk(rm(path, { force: true }));
          continue;
        }
        await onDisk(writeFile(`${path}.new`, text));
        await onDisk(rename(`${path}.new`, path));
      }
    },
  };
}

async function areaOf(folder: WorkFolder): Promise<string> {
  const { recording } = await openWorkArea(folder.path);
  await onDisk(mkdir(recording, { recursive: true }));
  return recording;
}

/** A process that writes, or that died, may have left half of the last line. */
const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf("\n") + 1);

async function* bytesOf(folder: WorkFolder, spans: readonly RecordedSpan[]): AsyncGenerator<Uint8Array> {
  const area = await areaOf(folder);
  for (const { file, from, bytes } of spans) {
    const source = await onDisk(open(join(area, file), "r"));
    try {
      for (let done = 0; done < bytes; ) {
        const chunk = new Uint8Array(Math.min(chunkBytes, bytes - done));
        const { bytesRead } = await onDisk(source.read(chunk, 0, chunk.byteLength, from + done));
        if (bytesRead === 0)
          throw new AppError("storage_error", `${file} of a recording is shorter than its journal says.`);
        done += bytesRead;
        yield chunk.subarray(0, bytesRead);
      }
    } finally {
      await source.close();
    }
  }
}

function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => void (await chunks.return(undefined)),
    },
    { highWaterMark: 0 },
  );
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  const { done, value } = await reader.read();
  if (done) throw new Error("a stored piece of a recording is shorter than its head says");
  return value;
}
