import sax from "sax";
import type { Cue } from "../../../../subtitles/cue.ts";
import { cleanLines } from "../../../../subtitles/plain-text.ts";

/** More levels than any caption has. */
const maxDepth = 100;
const maxElements = 300_000;

interface Element {
  readonly name: string;
  /** Where its own children's times start. */
  readonly beginSeconds: number;
  readonly endSeconds: number;
  /** Text of a cue that begins with it; null: it is none, and its text belongs to what it lies in. */
  readonly text: string[] | null;
}

interface Rates {
  readonly frame: number;
  readonly tick: number;
}

/**
 * Parses TTML (also DFXP and IMSC text): paragraphs, and the spans in them that have times of their own. It is read as a stream
 * of tags: document types and entities of a document's own are never expanded.
 */
export function parseTtml(text: string): Cue[] {
  const cues: Cue[] = [];
  const path: Element[] = [];
  let rates: Rates = { frame: 30, tick: 1 };
  let elements = 0;
  const reader = sax.parser(true, { xmlns: false, position: false });
  reader.onopentag = ({ name: qualified, attributes }) => {
    elements += 1;
    if (elements > maxElements || path.length >= maxDepth) throw new Error("there is too much in it");
    const name = localName(qualified);
    const named = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [localName(key), String(value)]));
    if (name === "tt") rates = ratesOf(named);
    if (name === "br") path.findLast(({ text: own }) => own !== null)?.text?.push("\n");
    path.push(elementOf(name, named, rates, path.at(-1)));
  };
  const addText = (data: string): void => {
    const holder = path.findLast(({ text: own, name }) => own !== null || name === "metadata");
    holder?.text?.push(data.replace(/\s+/g, " "));
  };
  reader.ontext = addText;
  reader.oncdata = addText;
  reader.onclosetag = () => {
    const closed = path.pop();
    if (!closed?.text) return;
    const words = cleanLines(closed.text.join("")).join("\n");
    if (words !== "") cues.push({ startSeconds: closed.beginSeconds, endSeconds: closed.endSeconds, text: words });
  };
  // What is not well formed is read as far as it makes sense, as players do; an error that stays would end the reading.
  reader.onerror = () => {
    reader.resume();
  };
  reader.write(text).close();
  return cues;
}

function elementOf(
  name: string,
  { begin, end, dur }: Readonly<Record<string, string>>,
  rates: Rates,
  parent: Element | undefined,
): Element {
  const from = parent?.beginSeconds ?? 0;
  const until = parent?.endSeconds ?? Number.POSITIVE_INFINITY;
  const beginSeconds = from + (secondsOf(begin, rates) ?? 0);
  const length = secondsOf(dur, rates);
  const ends = [
    until,
    from + (secondsOf(end, rates) ?? Number.POSITIVE_INFINITY),
    beginSeconds + (length ?? Number.POSITIVE_INFINITY),
  ];
  const isCue = name === "p" || (name === "span" && begin !== undefined);
  const endSeconds = Math.min(...ends);
  // A cue whose end nobody tells gets its length later.
  return {
    name,
    beginSeconds,
    endSeconds: isCue && endSeconds === Number.POSITIVE_INFINITY ? beginSeconds : endSeconds,
    text: isCue ? [] : null,
  };
}

function ratesOf({ frameRate, frameRateMultiplier, tickRate, subFrameRate }: Readonly<Record<string, string>>): Rates {
  const [numerator = 1, denominator = 1] = (frameRateMultiplier ?? "").split(/[ :]/).map(positive);
  const frame = (positive(frameRate) ?? 30) * ((numerator ?? 1) / (denominator ?? 1));
  return { frame, tick: positive(tickRate) ?? (frameRate === undefined ? 1 : frame * (positive(subFrameRate) ?? 1)) };
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && text !== "" && Number.isFinite(value) && value > 0 ? value : undefined;
}

const clock = /^(\d{1,6}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9})|:(\d{1,3})(?:\.\d{1,3})?)?$/;
const offset = /^(\d{1,12}(?:\.\d{1,9})?)(h|m|s|ms|f|t)$/;

/** A time expression of TTML in seconds. */
function secondsOf(text: string | undefined, { frame, tick }: Rates): number | undefined {
  const value = text?.slice(0, 60).trim() ?? "";
  const [whole, hours, minutes, seconds, fraction = "0", frames = "0"] = clock.exec(value) ?? [];
  if (whole !== undefined) {
    const inSecond = Number(`0.${fraction}`) + Number(frames) / frame;
    return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + inSecond;
  }
  const [, number, metric] = offset.exec(value) ?? [];
  if (metric === undefined) return undefined;
  const metrics: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001, f: 1 / frame, t: 1 / tick };
  return Number(number) * (metrics[metric] ?? 0);
}

function localName(qualified: string): string {
  return qualified.slice(qualified.indexOf(":") + 1);
}
