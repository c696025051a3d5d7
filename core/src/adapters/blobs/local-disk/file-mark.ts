import { randomUUID } from "node:crypto";
import { link, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { DeploymentMark } from "../../../library/deployment-mark.ts";
import { diskError } from "../../system/disk-error.ts";
import { openOrdinaryFile } from "../../system/ordinary-file.ts";
import { systemCode } from "../../system/system-error.ts";
import { absent, createFile, unlinkIfThere } from "./blob-folder.ts";
import { moveDurably, privateFolder, withFile } from "./durable.ts";

/** Errors of file systems without hard links. */
const noLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV"];

/** A mark that is a small file; its folder is made when it is written. */
export function fileMark(path: string): DeploymentMark {
  const read = async (): Promise<string | null> => {
    const file = await openOrdinaryFile(path).catch(absent);
    return file === null ? null : (await withFile(file, (open) => readFile(open, "utf8"))).trim();
  };
  /** Writes the text to a temporary file that `place` moves into place, so that the mark is never incomplete. */
  const write = async (text: string, place: (temporary: string) => Promise<void>): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: privateFolder });
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      await writeNew(temporary, text);
      await place(temporary);
    } finally {
      await unlinkIfThere(temporary).catch(() => undefined);
    }
  };
  return {
    read: () => translate("Reading the mark of the deployment", read),
    claim: (id) =>
      translate("Writing the mark of the deployment", async () => {
        const before = await read();
        if (before !== null) return before;
        await write(id, (temporary) => placeUnlessThere(temporary, path, id));
        return (await read()) ?? id;
      }),
    replace: (id) =>
      translate("Writing the mark of the deployment", () => write(id, (temporary) => moveDurably(temporary, path))),
  };
}

async function placeUnlessThere(temporary: string, path: string, text: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = systemCode(error) ?? "";
    // Without links it is written in place: a crash meanwhile leaves a mark of no deployment, which is safe.
    if (noLinks.includes(code)) await writeNew(path, text).catch(unlessThere);
    else unlessThere(error);
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  await withFile(await createFile(path), async (file) => {
    await file.writeFile(text);
    await file.sync();
  });
}

/** For `catch`: another process was faster. */
function unlessThere(error: unknown): void {
  if (systemCode(error) !== "EEXIST") throw error;
}

async function translate<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(error, doing);
  }
}
