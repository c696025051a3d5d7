import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CookieTexts } from "../../../../egress/cookie-text.ts";
import type { CookieJar } from "../../../../egress/egresses.ts";
import { formatCookies, haveExpired, parseCookies } from "../../../../egress/netscape.ts";
import { AppError } from "../../../../errors/app-error.ts";
import type { Clock } from "../../../../runtime/clock.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import { onDisk } from "../on-disk.ts";
import { mergeCookies } from "./merge-cookies.ts";

/** Writes that collide with those of other runs are made again this often. */
const mostWrites = 10;

interface CookieTextsDeps {
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/**
 * A cookie jar over texts that the whole service shares. Each run gets a copy; the site's changes are merged into the text that
 * is there when the run ends, which another run may have written meanwhile.
 */
export function openCookieTexts(texts: CookieTexts, { clock, logger }: CookieTextsDeps): CookieJar {
  return {
    async copyInto(home) {
      const read = await texts.read();
      if (read === null) throw new AppError("unavailable", "The cookies of the egress were removed.");
      const cookies = parseCookies(read.text);
      if (haveExpired(cookies.values(), clock.now())) {
        // The run goes on: not every video needs them.
        logger.warn("the cookies of an egress have expired");
        await texts.mark(false).catch((error: unknown) => logger.warn("that could not be written", { error }));
      }
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
            if (!text.endsWith("\n") || returned.size === 0) return;
            for (let writes = 0; writes < mostWrites; writes++) {
              const current = await texts.read();
              if (current === null) return;
              const merged = mergeCookies(current.text, { copied: cookies, returned, complete: succeeded });
              if (merged === null || (await texts.replace(current.version, merged)) !== null) return;
            }
          } catch (error) {
            logger.warn("cookies could not be taken over from a run", { error });
          } finally {
            await rm(folder, { recursive: true, force: true });
          }
        },
      };
    },
  };
}
