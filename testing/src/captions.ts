/** One line of a caption: what is shown from when to when. */
export interface CaptionCue {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

/** The caption formats YouTube offers for every track. */
export type CaptionFormat = "json3" | "vtt" | "srt" | "srv1" | "srv2" | "srv3" | "ttml";

const lines: Readonly<Record<string, readonly string[]>> = {
  en: ["Hello, this is a sample.", "It has three lines", "& one <b>tag</b>."],
  fr: ["Bonjour, ceci est un exemple.", "Il a trois lignes", "& une <b>balise</b>."],
  de: ["Hallo, dies ist ein Beispiel.", "Es hat drei Zeilen", "& ein <b>Tag</b>."],
  ja: ["こんにちは、これはサンプルです。", "三行あります", "& <b>タグ</b>一つ。"],
  ar: ["مرحبا، هذا نموذج.", "فيه ثلاثة أسطر", "& <b>وسم</b> واحد."],
};

/** The same three lines in each language; a language without a translation gets the English ones marked with its code. */
export function captionCues(language: string): readonly CaptionCue[] {
  const base = language.split("-")[0] ?? language;
  const texts = lines[base] ?? (lines["en"] ?? []).map((line) => `[${language}] ${line}`);
  return texts.map((text, index) => ({ startMs: 160 + index * 3000, endMs: 160 + index * 3000 + 2800, text }));
}

/** The same words as speech recognition would transcribe them: lower case, no punctuation, word by word. */
export function spokenCues(language: string): readonly CaptionCue[] {
  return captionCues(language).map((cue) => ({
    ...cue,
    // The recognised line stays on screen while the next one rolls in, which is what makes naive conversion repeat lines.
    endMs: cue.startMs + 4400,
    text: cue.text
      .replace(/<[^>]*>|[.,&。、،]/g, "")
      .trim()
      .toLowerCase(),
  }));
}

/** Formats manual captions in one of YouTube's formats. */
export function captionDocument(format: CaptionFormat, cues: readonly CaptionCue[], language: string): string {
  return writers[format](cues, language);
}

/** Formats automatic captions: rolling and word-timed in `json3` and `vtt`, as YouTube does; otherwise like manual ones. */
export function spokenDocument(format: CaptionFormat, cues: readonly CaptionCue[], language: string): string {
  if (format === "json3") return rollingJson3(cues);
  if (format === "vtt") return rollingVtt(cues, language);
  return captionDocument(format, cues, language);
}

const writers: Readonly<Record<CaptionFormat, (cues: readonly CaptionCue[], language: string) => string>> = {
  json3: (cues) =>
    JSON.stringify({
      wireMagic: "pb3",
      events: cues.map((cue) => ({
        tStartMs: cue.startMs,
        dDurationMs: cue.endMs - cue.startMs,
        segs: [{ utf8: cue.text }],
      })),
    }),
  vtt: (cues, language) =>
    `WEBVTT\nKind: captions\nLanguage: ${language}\n\n${cues.map((cue) => `${span(cue, ".")}\n${escapeXml(cue.text)}\n`).join("\n")}`,
  srt: (cues) => cues.map((cue, index) => `${index + 1}\n${span(cue, ",")}\n${cue.text}\n`).join("\n"),
  srv1: (cues) =>
    xml(
      "transcript",
      cues.map(
        (cue) =>
          `<text start="${cue.startMs / 1000}" dur="${(cue.endMs - cue.startMs) / 1000}">${escapeXml(cue.text)}</text>`,
      ),
    ),
  srv2: (cues) =>
    xml(
      "timedtext",
      cues.map((cue) => `<text t="${cue.startMs}" d="${cue.endMs - cue.startMs}">${escapeXml(cue.text)}</text>`),
    ),
  srv3: (cues) =>
    xml("timedtext", [
      "<body>",
      ...cues.map((cue) => `<p t="${cue.startMs}" d="${cue.endMs - cue.startMs}">${escapeXml(cue.text)}</p>`),
      "</body>",
    ]),
  ttml: (cues, language) =>
    `<?xml version="1.0" encoding="utf-8" ?>\n<tt xml:lang="${language}" xmlns="http://www.w3.org/ns/ttml"><body><div>\n${cues
      .map((cue) => `<p begin="${clock(cue.startMs, ".")}" end="${clock(cue.endMs, ".")}">${escapeXml(cue.text)}</p>`)
      .join("\n")}\n</div></body></tt>\n`,
};

/** Events overlap, and between two of them is an event that only appends a line break. */
function rollingJson3(cues: readonly CaptionCue[]): string {
  const end = cues.at(-1)?.endMs ?? 0;
  const events: object[] = [{ tStartMs: 0, dDurationMs: end, id: 1, wpWinPosId: 1, wsWinStyleId: 1 }];
  for (const [index, cue] of cues.entries()) {
    if (index > 0)
      events.push({ tStartMs: cue.startMs - 10, dDurationMs: 2010, wWinId: 1, aAppend: 1, segs: [{ utf8: "\n" }] });
    const words = cue.text.split(" ").map((word, place) => (place === 0 ? word : ` ${word}`));
    const segs = words.map((utf8, place) => (place === 0 ? { utf8 } : { utf8, tOffsetMs: place * 300 }));
    events.push({ tStartMs: cue.startMs, dDurationMs: cue.endMs - cue.startMs, wWinId: 1, segs });
  }
  return JSON.stringify({ wireMagic: "pb3", events });
}

/** Each line appears while it is spoken, once more for 10 ms, and again above the line that follows. */
function rollingVtt(cues: readonly CaptionCue[], language: string): string {
  const place = " align:start position:0%";
  let above = " ";
  const blocks = cues.map((cue, index) => {
    const spokenUntil = (cues[index + 1]?.startMs ?? cue.endMs) - 10;
    const words = cue.text.split(" ");
    const timed = words
      .map((word, at) => (at === 0 ? word : `<${clock(cue.startMs + at * 300, ".")}><c> ${word}</c>`))
      .join("");
    const rolling = `${span({ ...cue, endMs: spokenUntil }, ".")}${place}\n${above}\n${timed}\n`;
    const held = `${span({ ...cue, startMs: spokenUntil, endMs: spokenUntil + 10 }, ".")}${place}\n${cue.text}\n \n`;
    above = cue.text;
    return `${rolling}\n${held}`;
  });
  return `WEBVTT\nKind: captions\nLanguage: ${language}\n\n${blocks.join("\n")}`;
}

function xml(root: string, children: readonly string[]): string {
  return `<?xml version="1.0" encoding="utf-8" ?><${root}>${children.join("")}</${root}>`;
}

function span(cue: CaptionCue, separator: "." | ","): string {
  return `${clock(cue.startMs, separator)} --> ${clock(cue.endMs, separator)}`;
}

function clock(ms: number, separator: "." | ","): string {
  const pad = (value: number, width = 2) => String(Math.floor(value)).padStart(width, "0");
  return `${pad(ms / 3_600_000)}:${pad((ms / 60_000) % 60)}:${pad((ms / 1000) % 60)}${separator}${pad(ms % 1000, 3)}`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
