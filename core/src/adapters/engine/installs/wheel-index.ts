import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { z } from "zod";
import { compareEngineVersions } from "../../../engines/engine-version.ts";
import { AppError } from "../../../errors/app-error.ts";

/** A package as one file, for every Python. */
export interface Wheel {
  readonly version: string;
  readonly url: string;
  readonly sha256: string;
}

/** PEP 691: what an index says of a project. */
const Project = z.object({
  files: z.array(
    z.object({
      filename: z.string(),
      url: z.string(),
      hashes: z.record(z.string(), z.string()),
      yanked: z.union([z.boolean(), z.string()]).optional(),
    }),
  ),
});

const answerMs = 30_000;
const transferMs = 5 * 60_000;
/** yt-dlp has 3 MB. */
const mostBytes = 64 * 1_048_576;

/** The wheels of a project, the newest first; those that were withdrawn, and that name no digest, are left out. */
export async function listWheels(index: string, project: string, signal: AbortSignal): Promise<readonly Wheel[]> {
  const page = `${index.replace(/\/+$/, "")}/${project}/`;
  const answer = await ask(page, AbortSignal.any([signal, AbortSignal.timeout(answerMs)]));
  const read = Project.safeParse(await answer.json().catch(() => null));
  if (!read.success)
    throw new AppError("unavailable", `${page} is not an index of Python packages in JSON: see ENGINE_INDEX.`);
  const name = new RegExp(`^${project.replaceAll("-", "_")}-([\\d.]+)-py3-none-any\\.whl$`);
  return read.data.files
    .flatMap(({ filename, url, hashes, yanked = false }): Wheel[] => {
      const version = name.exec(filename)?.[1];
      const sha256 = hashes["sha256"];
      if (version === undefined || sha256 === undefined || yanked !== false) return [];
      return [{ version, sha256, url: new URL(url, answer.url).href }];
    })
    .sort((one, other) => compareEngineVersions(other.version, one.version));
}

/** Fetches a wheel into a file. Rejects where its bytes are not those that the index names. */
export async function fetchWheel({ url, sha256 }: Wheel, path: string, signal: AbortSignal): Promise<void> {
  const answer = await ask(url, AbortSignal.any([signal, AbortSignal.timeout(transferMs)]));
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength;
    if (size > mostBytes) throw new AppError("unavailable", `${url} is larger than a package of yt-dlp can be.`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (createHash("sha256").update(bytes).digest("hex") !== sha256.toLowerCase())
    throw new AppError("unavailable", `${url} is not the file that the index names: its SHA-256 is another.`);
  await writeFile(path, bytes);
}

async function ask(url: string, signal: AbortSignal): Promise<Response> {
  const headers = { accept: "application/vnd.pypi.simple.v1+json, */*;q=0.1" };
  const answer = await fetch(url, { headers, signal }).catch((cause: unknown) => {
    throw new AppError("unavailable", `${new URL(url).host} cannot be reached: see ENGINE_INDEX.`, { cause });
  });
  if (answer.ok) return answer;
  await answer.body?.cancel();
  const code = answer.status === 404 ? "not_found" : "unavailable";
  throw new AppError(code, `${url} answers ${answer.status}: see ENGINE_INDEX.`);
}
