import { toAppError } from "../../errors/app-error.ts";
import type { Cue } from "../../subtitles/cue.ts";
import { toCueLines } from "../../subtitles/cue-lines.ts";
import { joinPieces } from "../../subtitles/join-pieces.ts";
import { fitting, languageFit } from "../../subtitles/language-match.ts";
import type { Attempt } from "../attempt.ts";
import { defineStep, type Step } from "../step.ts";
import type { Translator } from "../translator.ts";
import { type CaptionTrack, readCues } from "./fetch-captions.ts";

/** Cues that are translated, and kept in the work folder, at once: what is lost when a process dies. */
const cuesAtOnce = 100;

/** A part of a translation in the work folder. */
interface Part {
  readonly from: string;
  readonly to: string;
  readonly texts: readonly string[];
  readonly translated: readonly string[];
}

/**
 * Adds translations by the translator to the captions that were fetched: into each language of `translateTo` that is not among
 * them. Best effort: what cannot be translated is a warning.
 */
export function translateCaptions(
  attempt: Attempt,
  fetched: Step<readonly CaptionTrack[]>,
): Step<readonly CaptionTrack[]> {
  const { deps, job, folder } = attempt;
  const wishes = job.request.subtitles?.translateTo ?? [];

  const translateCues = async (
    translator: Translator,
    cues: readonly Cue[],
    { from, to, place }: { readonly from: string; readonly to: string; readonly place: number },
    { signal, report }: { readonly signal: AbortSignal; readonly report: (fraction: number) => void },
  ): Promise<Cue[]> => {
    const done: Cue[] = [];
    for (let at = 0; at < cues.length; at += cuesAtOnce) {
      const part = cues.slice(at, at + cuesAtOnce);
      const texts = part.map(({ text }) => text.replaceAll("\n", " "));
      const name = `translation-${place}-${at / cuesAtOnce}.json`;
      const kept = keptPart(await folder.read(name), { from, to, texts });
      const translated = kept ?? (await translator.translate(texts, { from, to, signal }));
      if (kept === null) await folder.write(name, JSON.stringify({ from, to, texts, translated } satisfies Part));
      for (const [index, { startSeconds, endSeconds, text }] of part.entries())
        done.push({ startSeconds, endSeconds, text: translated[index] ?? text });
      report(Math.min(1, (at + part.length) / cues.length));
    }
    return done;
  };

  return defineStep({
    name: "translations",
    stage: "processing",
    weight: 2,
    inputs: { tracks: fetched },
    files: (tracks) => tracks.map(({ path }) => path),
    run: async ({ tracks }, { signal, warn, report }) => {
      const all = [...tracks];
      const source = tracks.find(({ automatic }) => !automatic) ?? tracks[0];
      for (const [place, to] of wishes.entries()) {
        const missing = (why: string) => warn({ code: "subtitles_missing", detail: `No subtitles in ${to}: ${why}.` });
        const [known] = fitting(to, all, ({ language }) => language);
        if (known !== undefined && known.fit <= languageFit.base) continue;
        if (source === undefined) missing("there are none that could be translated");
        else if (deps.translator === undefined) missing("no translator is set up (LIBRETRANSLATE_URL)");
        else {
          try {
            const said = await readCues(attempt, source, signal);
            const cues = await translateCues(
              deps.translator,
              said,
              { from: source.language, to, place },
              { signal, report: (fraction) => report((place + fraction) / wishes.length) },
            );
            const name = `cues-translated-${place}.jsonl`;
            const text = await joinPieces(toCueLines(cues), deps.clock, signal);
            const { clock } = source;
            const path = await folder.write(name, text);
            all.push({ language: to, automatic: true, ...(clock && { clock }), name, path });
          } catch (error) {
            signal.throwIfAborted();
            const { code, message } = toAppError(error);
            // A disk without room fails the attempt, as everywhere.
            if (code !== "source_error") throw error;
            missing(message);
          }
        }
      }
      return all;
    },
  });
}

/** The translations of an earlier attempt, if they are of the same texts. */
function keptPart(text: string | null, { from, to, texts }: Omit<Part, "translated">): readonly string[] | null {
  if (text === null) return null;
  try {
    const part = JSON.parse(text) as Part;
    const isSame = part.from === from && part.to === to && JSON.stringify(part.texts) === JSON.stringify(texts);
    return isSame && part.translated.length === texts.length ? part.translated : null;
  } catch {
    return null;
  }
}
