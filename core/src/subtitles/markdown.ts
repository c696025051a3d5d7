import type { Cue } from "./cue.ts";
import { cleanLines } from "./plain-text.ts";

/** What a transcript in Markdown says of the video. */
export interface AboutVideo {
  readonly title: string;
  /** The page of the video. */
  readonly url: string;
  /** The time in the video for a time of the cues: a cut result begins elsewhere. */
  readonly sourceTime: (seconds: number) => number;
}

/** A silence longer than this starts a paragraph, in seconds. */
const silenceSeconds = 2;
/** So does the end of a sentence after so long, and after twice the time whatever is said, so that there are enough links. */
const paragraphSeconds = 30;

/** Cues as Markdown, in pieces: the title, and paragraphs that each begin with their time, a link into the video. */
export function* toMarkdown(cues: readonly Cue[], { title, url, sourceTime }: AboutVideo): Generator<string> {
  yield `# ${escaped(cleanLines(title).join(" "))}\n`;
  let startedAt = Number.NEGATIVE_INFINITY;
  let spokenUntil = Number.NEGATIVE_INFINITY;
  let endsSentence = false;
  let isEmpty = true;
  for (const cue of [...cues].sort((one, other) => one.startSeconds - other.startSeconds)) {
    const text = cleanLines(cue.text).join(" ");
    if (text === "") continue;
    const seconds = cue.startSeconds - startedAt;
    const isLong = seconds >= paragraphSeconds * (endsSentence ? 1 : 2);
    if (cue.startSeconds - spokenUntil > silenceSeconds || isLong) {
      yield `${isEmpty ? "" : "\n"}\n${timeLink(url, cue.startSeconds, sourceTime(cue.startSeconds))} `;
      startedAt = cue.startSeconds;
    } else yield " ";
    yield escaped(text);
    isEmpty = false;
    endsSentence = /[.!?…。！？؟]["'”’»)]*$/u.test(text.slice(-20));
    spokenUntil = Math.max(spokenUntil, cue.endSeconds);
  }
  if (!isEmpty) yield "\n";
}

function timeLink(url: string, shown: number, inVideo: number): string {
  const address = addressAt(url, Math.floor(Math.max(0, inVideo)));
  return address === null ? clock(shown) : `[${clock(shown)}](${address})`;
}

/** The page at a time: YouTube has a parameter for it, others a media fragment (W3C). Null: no address of the web. */
function addressAt(url: string, seconds: number): string | null {
  const page = URL.parse(url);
  if (page === null || (page.protocol !== "https:" && page.protocol !== "http:")) return null;
  if (/(^|\.)(youtube\.com|youtu\.be)$/.test(page.hostname)) page.searchParams.set("t", `${seconds}s`);
  else page.hash = `t=${seconds}`;
  return page.href.replaceAll("(", "%28").replaceAll(")", "%29").replaceAll("\\", "%5C");
}

function clock(seconds: number): string {
  const whole = Math.floor(Math.max(0, seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}`;
}

/** Nothing that is said becomes a heading, a link, an image or HTML. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replace(/[\\`*_[\]<>#|~]/g, "\\$&");
}
