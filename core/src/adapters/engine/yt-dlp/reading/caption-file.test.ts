import { describe, expect, test } from "bun:test";
import iconv from "iconv-lite";
import { parseCaptions } from "./caption-file.ts";
import type { CaptionFile } from "./task.ts";

const json3 = JSON.stringify({
  wireMagic: "pb3",
  events: [
    { tStartMs: 0, dDurationMs: 20000, id: 1 },
    {
      tStartMs: 160,
      dDurationMs: 4000,
      segs: [
        { utf8: "hello" },
        { utf8: " this", tOffsetMs: 0 },
        { utf8: " is", tOffsetMs: 300 },
        { utf8: " a", tOffsetMs: 700 },
      ],
    },
    { tStartMs: 2150, dDurationMs: 2010, aAppend: 1, segs: [{ utf8: "\n" }] },
    { tStartMs: 2160, dDurationMs: 4400, segs: [{ utf8: "test\nof   captions" }] },
  ],
});
const rolling = `WEBVTT
Kind: captions

00:00:00.160 --> 00:00:02.150 align:start position:0%

hello<00:00:00.460><c> this</c><00:00:00.760><c> is</c><00:00:00.860><c> a</c>

00:00:02.150 --> 00:00:02.160 align:start position:0%
hello this is a


00:00:02.160 --> 00:00:04.150 align:start position:0%
hello this is a
test<00:00:02.360><c> of</c><c> captions</c>

00:00:04.150 --> 00:00:04.160 align:start position:0%
test of captions

`;

const file = { rolls: false, language: null };
const parse = async (text: string | Uint8Array, format: string, about: Partial<CaptionFile> = {}) => {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return (await parseCaptions(bytes, { ...file, format, ...about })).cues;
};
const cue = (startSeconds: number, endSeconds: number, text: string) => ({ startSeconds, endSeconds, text });

describe("caption files", () => {
  test("in json3 give each word once, and cues that do not overlap", async () => {
    expect(await parse(json3, "json3", { rolls: true })).toEqual([
      {
        ...cue(0.16, 2.16, "hello this is a"),
        words: [cue(0.16, 0.46, "hello this"), cue(0.46, 0.86, "is"), cue(0.86, 2.16, "a")],
      },
      cue(2.16, 6.56, "test\nof captions"),
    ]);
  });

  test("in rolling WebVTT give each line once, without markup", async () => {
    const cues = await parse(rolling, "vtt", { rolls: true });
    expect(cues.map(({ text }) => text)).toEqual(["hello this is a", "test of captions"]);
    expect(cues[1]?.words).toEqual([cue(2.16, 2.36, "test"), cue(2.36, 4.15, "of captions")]);
  });

  test("in SubRip are read with their entities", async () => {
    const srt = "1\n00:00:00,500 --> 00:00:01,000\n<i>Tom</i> &amp; Jerry\n\n2\n00:00:01,500 --> 00:00:02,000\nbye\n";
    expect(await parse(srt, "srt")).toEqual([
      { startSeconds: 0.5, endSeconds: 1, text: "Tom & Jerry" },
      { startSeconds: 1.5, endSeconds: 2, text: "bye" },
    ]);
  });

  test.each([
    ["json3", "<html>429</html>"],
    ["json3", '{"events":[]}'],
    ["vtt", "<html></html>"],
    ["srt", ""],
    ["ttml", "<tt/>"],
  ])("that hold nothing are refused: %s %s", async (format, text) => {
    await expect(parse(text, format)).rejects.toThrow();
  });
});

describe("captions that somebody wrote", () => {
  const overlapping = [cue(0, 9, "TITLE"), cue(2, 4, "Hi")];
  const repeated = [cue(0, 1, "No."), cue(1, 2, "No."), cue(2, 3, "No.")];
  const events = (cues: readonly { startSeconds: number; endSeconds: number; text: string }[]) =>
    JSON.stringify({
      events: cues.map(({ startSeconds, endSeconds, text }) => {
        return {
          tStartMs: startSeconds * 1000,
          dDurationMs: (endSeconds - startSeconds) * 1000,
          segs: [{ utf8: text }],
        };
      }),
    });
  const vtt = (cues: typeof repeated) =>
    `WEBVTT\n\n${cues.map((one) => `00:0${one.startSeconds}.000 --> 00:0${one.endSeconds}.000\n${one.text}\n\n`).join("")}`;

  test.each([overlapping, repeated])("stay as they are, overlapping and repeated: %p", async (...cues) => {
    expect(await parse(events(cues), "json3")).toEqual(cues);
    expect(await parse(vtt(cues), "vtt")).toEqual(cues);
  });

  test("that come twice at the same time are one", async () => {
    expect(await parse(events([...repeated, ...repeated]), "json3")).toEqual(repeated);
    expect(await parse(vtt([cue(0, 1, "a"), cue(0, 2, "a"), cue(0, 1, "b")]), "vtt")).toEqual([
      cue(0, 2, "a"),
      cue(0, 1, "b"),
    ]);
  });

  test("lose what is not seen", async () => {
    expect(await parse(events([cue(0, 1, "a\u200bb\ufeff")]), "json3")).toEqual([cue(0, 1, "ab")]);
  });

  test("are read where they lie beyond a hundred hours, and get a length where they have none", async () => {
    const srt =
      "1\n100:00:01,000 --> 100:00:02,500\nlate\n\n2\n100:00:03,000 --> 100:00:03,000\nHi\n\n3\n100:00:03,500 --> 100:00:02,000\nlast\n";
    expect(await parse(srt, "srt")).toEqual([
      cue(360_001, 360_002.5, "late"),
      cue(360_003, 360_003.5, "Hi"),
      cue(360_003.5, 360_004.5, "last"),
    ]);
    expect(await parse(events([cue(1, 1, "word ".repeat(12))]), "json3")).toMatchObject([
      { startSeconds: 1, endSeconds: 1 + 59 / 15 },
    ]);
  });

  test("have no coordinates in their text", async () => {
    const srt = "1\n00:00:01,000 --> 00:00:02,000  X1:40 X2:600 Y1:20 Y2:50\nsaid\n";
    expect(await parse(srt, "srt")).toEqual([cue(1, 2, "said")]);
  });

  test("may have blank lines, and cues that no blank line parts, in SubRip", async () => {
    const srt = "1\r\n00:00:01,000 --> 00:00:02,000\r\none\r\n\r\ntwo\r\n2\r\n0:0:3,5 --> 0:0:4\r\nthree\r\n";
    expect(await parse(srt, "srt")).toEqual([cue(1, 2, "one\ntwo"), cue(3.5, 4, "three")]);
  });

  test("are known by how they begin, whatever they are called", async () => {
    expect(await parse(vtt(repeated), "srt")).toEqual(repeated);
    expect(await parse("[Script Info]\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,a\n", "vtt")).toEqual([
      cue(1, 2, "a"),
    ]);
    const [subRip, whole] = ["1\r\n00:00:01,000 --> 00:00:02,000\r\na\r\n\r\nb\r\n", [cue(1, 2, "a\nb")]];
    for (const format of ["vtt", "txt", "unknown_video"]) expect(await parse(subRip, format)).toEqual(whole);
  });
});

test("WebVTT of HLS says how its times belong to those of its stream", async () => {
  const of = async (map: string) => {
    const text = `WEBVTT\n${map}\n\n00:00:01.000 --> 00:00:02.000\na\n`;
    return (await parseCaptions(new TextEncoder().encode(text), { ...file, format: "vtt" })).clock;
  };
  const clock = { localSeconds: 3_600.5, streamSeconds: 10 };
  expect(await of("X-TIMESTAMP-MAP=LOCAL:01:00:00.500,MPEGTS:900000")).toEqual(clock);
  expect(await of("X-TIMESTAMP-MAP=MPEGTS:900000, LOCAL:01:00:00.500")).toEqual(clock);
  expect(await of("Kind: captions")).toBeNull();
});

describe("SubStation Alpha", () => {
  test("gives its dialogue, without styles, drawings and comments", async () => {
    const ass = `[Script Info]
Title: x

[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not said
Dialogue: 0,0:00:01.00,0:00:02.50,Default,Ann,0,0,0,,{\\an8}1,000 things,\\Nand <more>
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\p1}m 0 0 l 1 1{\\p0} seen
`;
    expect(await parse(ass, "ass")).toEqual([cue(1, 2.5, "1,000 things,\nand <more>"), cue(3, 4, "seen")]);
  });

  test("is read with the columns that it names", async () => {
    const ssa = "[Events]\nFormat: Marked, Start, End, Text\nDialogue: Marked=0,1:00:01.00,1:00:02.00,hello\n";
    expect(await parse(ssa, "ssa")).toEqual([cue(3601, 3602, "hello")]);
  });
});

describe("TTML", () => {
  const ttml = (attributes: string, body: string) =>
    `<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ${attributes}><head><metadata><title>no</title></metadata></head><body>${body}</body></tt>`;

  test("gives its paragraphs", async () => {
    const body =
      '<div><p begin="00:00:01.500" end="00:00:02">a <span>b</span> &amp;<br/>c</p>\n<p begin="3s" dur="500ms">d</p></div>';
    expect(await parse(ttml("", body), "ttml")).toEqual([cue(1.5, 2, "a b &\nc"), cue(3, 3.5, "d")]);
  });

  test("counts frames and ticks, and the times of what a paragraph lies in", async () => {
    const body =
      '<div begin="10s"><p begin="00:00:01:12" end="40t">a</p></div><p begin="50t"><span begin="0t" end="10t">x</span><span begin="10t" end="20t">y</span></p>';
    expect(await parse(ttml('ttp:frameRate="24" ttp:tickRate="10"', body), "dfxp")).toEqual([
      cue(5, 6, "x"),
      cue(6, 7, "y"),
      cue(11.5, 14, "a"),
    ]);
  });

  test("never expands entities of its own", async () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE tt [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><tt><p begin="1s" end="2s">&b;!</p></tt>`;
    expect(await parse(bomb, "ttml")).toEqual([cue(1, 2, "&b;!")]);
  });
});

describe("encodings", () => {
  const said: Readonly<Record<string, string>> = {
    fr: "Déjà vu, c'est à l'été que nous étions là.\nLe garçon a mangé une pâte brûlée.",
    ru: "Привет, это проверка субтитров.\nКак у вас дела сегодня?",
    ja: "こんにちは、これは字幕のテストです。\n今日はとても良い天気ですね。",
    ko: "안녕하세요, 이것은 자막 시험입니다.\n오늘은 날씨가 좋네요.",
    zh: "你好，这是一个字幕测试。\n今天的天气非常好。",
    el: "Καλημέρα, αυτή είναι μια δοκιμή.\nΤι κάνεις σήμερα;",
    he: "שלום, זו בדיקה של כתוביות.\nמה שלומך היום?",
    pl: "Zażółć gęślą jaźń, proszę państwa.\nŁódź jest piękna jesienią.",
    cs: "Příliš žluťoučký kůň úpěl ďábelské ódy.\nDnes je krásně.",
    uk: "Привіт, як справи?\nСьогодні гарна погода, ходімо гуляти.",
    ar: "مرحبا كيف حالك اليوم\nالطقس جميل جدا",
    et: "Tere, kuidas läheb?\nTäna on ilus ilm, šokolaad.",
    th: "สวัสดี นี่คือการทดสอบคำบรรยาย\nวันนี้อากาศดีมาก",
  };
  const srt = (text: string) => `1\r\n00:00:01,000 --> 00:00:02,000\r\n${text}\r\n`;
  const read = async (text: string, encoding: string, language: string | null, options = {}) => {
    const bytes = new Uint8Array(iconv.encode(srt(text), encoding, options));
    const { cues, guessedEncoding } = await parseCaptions(bytes, { format: "srt", rolls: false, language });
    return { text: cues[0]?.text, guessedEncoding };
  };

  test.each(["utf-8", "utf-16le", "utf-16be"])("%s is known, with and without a byte order mark", async (encoding) => {
    for (const addBOM of [true, false])
      for (const text of Object.values(said))
        expect(await read(text, encoding, null, { addBOM })).toEqual({ text, guessedEncoding: null });
  });

  test.each([
    ["windows-1252", "fr"],
    ["windows-1251", "ru"],
    ["Shift_JIS", "ja"],
    ["EUC-JP", "ja"],
    ["EUC-KR", "ko"],
    ["GB18030", "zh-Hans"],
    ["windows-1253", "el"],
    ["windows-1255", "he"],
    ["windows-1250", "pl"],
    ["ISO-8859-2", "pl"],
    ["windows-1250", "cs"],
    ["ISO-8859-2", "cs"],
    ["windows-874", "th"],
    ["KOI8-R", "ru"],
    ["IBM866", "ru"],
    ["ISO-8859-5", "ru"],
    ["KOI8-U", "uk"],
    ["windows-1251", "uk"],
    ["windows-1256", "ar"],
    ["ISO-8859-6", "ar"],
    ["ISO-8859-15", "et"],
  ])("%s is guessed with the help of the language, and it is said so", async (encoding, language) => {
    const text = said[language.slice(0, 2)] ?? "";
    expect(await read(text, encoding, language)).toEqual({ text, guessedEncoding: encoding });
  });

  test.each([
    ["windows-1251", "ru"],
    ["Shift_JIS", "ja"],
  ])("%s is guessed without it too", async (encoding, language) => {
    const text = said[language] ?? "";
    expect(await read(text, encoding, null)).toEqual({ text, guessedEncoding: encoding });
  });

  test("letters that stand elsewhere in a twin of an encoding are those of the language", async () => {
    for (const encoding of ["ISO-8859-7", "windows-1253"])
      expect((await read("Άνθρωποι και θάλασσα.", encoding, "el")).text).toBe("Άνθρωποι και θάλασσα.");
    expect((await read("Le cœur coûte 5 €.", "ISO-8859-15", "fr")).text).toBe("Le cœur coûte 5 €.");
    expect((await read("“It’s fine” — no", "windows-1252", "en")).text).toBe("“It’s fine” — no");
  });

  test("ISO-2022-JP is known by its escapes, though it fits UTF-8", async () => {
    const text = "これは字幕のテストです";
    // It has the characters of EUC-JP without their highest bit.
    const shifted = iconv.encode(text, "EUC-JP").map((byte) => byte & 0x7f);
    const bytes = Buffer.concat([Buffer.from(srt("\x1b$B")).subarray(0, -2), shifted, Buffer.from("\x1b(B\r\n")]);
    const { cues, guessedEncoding } = await parseCaptions(new Uint8Array(bytes), { ...file, format: "srt" });
    expect([cues[0]?.text, guessedEncoding]).toEqual([text, "ISO-2022-JP"]);
  });

  test("a UTF-8 text with a broken character stays UTF-8", async () => {
    const bytes = new TextEncoder().encode(srt(said["ru"] ?? ""));
    const broken = new Uint8Array([...bytes.subarray(0, -2), 0xd0, 0x0a]);
    expect((await parse(broken, "srt", { language: "ru" }))[0]?.text).toBe(`${said["ru"]}\ufffd`);
  });

  test("an XML declaration is believed", async () => {
    const text = `<?xml version="1.0" encoding="windows-1251"?><tt><p begin="1s" end="2s">Привет</p></tt>`;
    expect(await parse(new Uint8Array(iconv.encode(text, "windows-1251")), "ttml")).toEqual([cue(1, 2, "Привет")]);
  });
});
