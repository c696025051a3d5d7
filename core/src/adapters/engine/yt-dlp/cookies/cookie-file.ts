import { readFileSync } from "node:fs";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CookieJar } from "../../../../egress/egresses.ts";
import { type Cookie, formatCookies, parseCookies } from "../../../../egress/netscape.ts";
import { AppError } from "../../../../errors/app-error.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import { onDisk } from "../on-disk.ts";
import { withFileLock } from "./file-lock.ts";
import { mergeCookies } from "./merge-cookies.ts";
import { replaceFile } from "./replace-file.ts";

/** Why a file is no cookie file, to follow the name of the setting in a message; null when it is one. */
export function cookieFileProblem(path: string): string | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return `expected a file that can be read (${error instanceof Error ? error.message : error})`;
  }
  if (parseCookies(text).size > 0) return null;
  return /^\s*[[{]/.test(text)
    ? "expected cookies in Netscape's form (cookies.txt), not JSON: choose that form when exporting them"
    : "expected cookies in Netscape's form (cookies.txt): a line each, of seven fields separated by tabs";
}

/**
 * A cookie jar in a file. yt-dlp rewrites its cookie file, so each run gets a copy; the site's changes are merged into the file
 * when the run ends, one run at a time, also across processes. A read-only file is allowed: then this process keeps the changes
 * in memory, until the file changes.
 */
export function openCookieFile(path: string, logger?: Logger): CookieJar {
  /** Content that could not be written, and the content of the file at that time. */
  let unwritten: { readonly file: string; readonly text: string } | null = null;
  let last: string | null = null;
  let turn: Promise<void> = Promise.resolve();
  const said = new Set<string>();
  const warnOnce = (message: string, error: unknown) => {
    if (said.has(message)) return;
    said.add(message);
    logger?.warn(message, { error, setting: "COOKIES_FILE" });
  };

  const read = async (): Promise<string> => {
    try {
      const text = await readFile(path, "utf8");
      if (parseCookies(text).size === 0) throw new Error("there are no cookies in it");
      last = text;
      said.delete(unreadable);
      return unwritten?.file === text ? unwritten.text : text;
    } catch (error) {
      if (last === null) {
        const hint = "Check COOKIES_FILE on the worker.";
        throw new AppError("unavailable", "The cookies cannot be read.", { cause: error, hint });
      }
      // It is being edited, or missing: the previous cookies may still be valid.
      warnOnce(unreadable, error);
      return unwritten?.file === last ? unwritten.text : last;
    }
  };

  const merge = async (
    copied: ReadonlyMap<string, Cookie>,
    returned: ReadonlyMap<string, Cookie>,
    complete: boolean,
  ) => {
    // The target of a symbolic link: replacing the link would detach it from the file.
    const target = await realpath(path);
    const changed = async () => {
      const before = await read();
      return { file: last ?? before, text: mergeCookies(before, { copied, returned, complete }) };
    };
    try {
      await withFileLock(`${target}.vidferry-lock`, async () => {
        const { text } = await changed();
        if (text === null) return;
        await replaceFile(target, text);
        unwritten = null;
      });
    } catch (error) {
      warnOnce("cookies that the site changed are not written back: the file, or its folder, cannot be written", error);
      const { file, text } = await changed();
      if (text !== null) unwritten = { file, text };
    }
  };

  return {
    async copyInto(home) {
      const cookies = parseCookies(await read());
      const folder = await onDisk(mkdtemp(join(home, "cookies-")));
      const copy = join(folder, "cookies.txt");
      await onDisk(writeFile(copy, formatCookies(cookies.values()), { mode: 0o600 }));
      return {
        path: copy,
        mergeBack: async ({ succeeded }) => {
          try {
            const text = await readFile(copy, "utf8");
            const returned = parseCookies(text);
            // A copy that was truncated during a write is empty or ends within a line.
            if (text.endsWith("\n") && returned.size > 0 && differ(cookies, returned)) {
              const merged = turn.then(() => merge(cookies, returned, succeeded));
              turn = merged.catch(() => undefined);
              await merged;
            }
          } catch (error) {
            warnOnce("cookies could not be taken over from a run", error);
          } finally {
            await rm(folder, { recursive: true, force: true });
          }
        },
      };
    },
  };
}

const unreadable = "COOKIES_FILE cannot be read; the cookies read before are used";

function differ(one: ReadonlyMap<string, Cookie>, other: ReadonlyMap<string, Cookie>): boolean {
  return one.size !== other.size || [...one.values()].some(({ key, line }) => other.get(key)?.line !== line);
}
