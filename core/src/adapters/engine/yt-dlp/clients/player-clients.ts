import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AppError, isAppError } from "../../../../errors/app-error.ts";
import type { ErrorCode } from "../../../../errors/codes.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import { onDisk } from "../on-disk.ts";

/**
 * What another of YouTube's players may get although the last one was refused: a bot check, media that is forbidden, a form that
 * yt-dlp cannot read. Not a limited rate: any other player would meet it too.
 */
const leadsOn: ReadonlySet<ErrorCode> = new Set([
  "bot_check",
  "source_forbidden",
  "source_error",
  "format_unavailable",
]);

/** Which of YouTube's players yt-dlp passes for, in a work folder. */
export interface PlayerClients {
  /** Looks at a link with the players that are in turn, and with the next ones while it is refused, to the last of them. */
  look<T>(folder: string, look: (args: readonly string[]) => Promise<T>): Promise<T>;
  /** What was found with them cannot be fetched: the next look begins with the next ones. */
  next(folder: string): Promise<void>;
}

/** @param fallbacks what to try after yt-dlp's own choice: each a list as yt-dlp takes it. */
export function playerClients(fallbacks: readonly string[], logger: Logger | undefined): PlayerClients {
  const turns = [null, ...fallbacks];
  const file = (folder: string) => join(folder, "player-clients");
  const turnOf = async (folder: string): Promise<number> => {
    const text = await readFile(file(folder), "utf8").catch(() => "0");
    // Another list than today's may have been longer.
    return /^\d{1,3}$/.test(text) ? Number(text) % turns.length : 0;
  };
  const keep = (folder: string, turn: number) => onDisk(writeFile(file(folder), String(turn % turns.length)));

  return {
    async look(folder, look) {
      for (let turn = await turnOf(folder); ; turn += 1) {
        const players = turns[turn] ?? null;
        try {
          return await look(players === null ? [] : ["--extractor-args", `youtube:player_client=${players}`]);
        } catch (error) {
          if (!isAppError(error) || !canGoOn(error) || turn + 1 >= turns.length) throw error;
          logger?.info("YouTube refused; other players are tried", { code: error.code, players: turns[turn + 1] });
          await keep(folder, turn + 1);
        }
      }
    },
    next: async (folder) => {
      if (turns.length > 1) await keep(folder, (await turnOf(folder)) + 1);
    },
  };
}

const canGoOn = ({ code }: AppError): boolean => leadsOn.has(code);
