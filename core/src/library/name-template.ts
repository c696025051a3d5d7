import { cutToBytes, maxFileNameBytes, plainText } from "./file-name.ts";

/** What a name template may hold, and what each field stands for. */
export const nameFields = {
  title: "title of the video",
  id: "its id on the site",
  channel: "channel or uploader",
  extractor: "name of the site, such as `youtube`",
  uploadDate: "date of publication, `2026-03-01`",
  uploadYear: "its year",
  uploadMonth: "its month, `03`",
  duration: "length in whole seconds",
  chapter: "title of the chapter, of a video that is split",
  chapterNumber: "its number, or that of one of several clips, `001`",
} as const;

/** A field of a name template. */
export type NameField = keyof typeof nameFields;
/** What the fields stand for in one name. Empty: it is not known, and is left out. */
export type NameValues = Readonly<Record<NameField, string>>;

const fieldNames = Object.keys(nameFields) as NameField[];

/** Longest template, in characters. */
export const maxTemplateLength = 300;
/** Folders that a template may name, one in the other. */
export const mostFolders = 5;

const field = String.raw`\{(?:${fieldNames.join("|")})\}`;
// Not of dots and spaces alone.
const folder = String.raw`[. ]*(?:[^{}/\\. ]|${field})(?:[^{}/\\]|${field})*`;
/** What {@link templateFault} takes: for the OpenAPI document. */
export const templatePattern = `^${folder}(?:/${folder}){0,${mostFolders}}$`;

/** What is wrong with a template, as a sentence for the client; null: nothing. */
export function templateFault(template: string): string | null {
  const known = fieldNames.map((name) => `{${name}}`).join(", ");
  for (const [, name = ""] of template.matchAll(/\{([^{}]*)\}/g))
    if (!isField(name)) return `there is no field {${name}}; there are ${known}`;
  if (/[{}]/.test(template.replace(/\{\w+\}/g, ""))) return `braces stand only around a field; there are ${known}`;
  if (template.includes("\\")) return "a backslash stands in no name; `/` separates folders";
  const parts = template.split("/");
  if (parts.some((part) => /^[. ]*$/.test(part)))
    return "no folder may be empty, `.` or `..`, and none stands for the root";
  if (parts.length > mostFolders + 1) return `at most ${mostFolders} folders`;
  return null;
}

/** Of a name: what the longest extension (`.zh-Hant-HK.info.json`) and the number of a twin may need. All files of a result share the rest. */
const endingBytes = 50;
const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).length;

/**
 * The name of a result without its extension; `/` separates folders. Values name no folder. Where a part gets too long, its
 * longest value is cut, so that what tells files apart (an id behind the title) stays. Folders without a text are left out; a name
 * of which no letter or digit is left, as that of a picture of a whole video by the names of its chapters, is the title.
 */
export function nameFromTemplate(template: string, values: NameValues): string {
  const parts = template.split("/").map((part) => fill(part, values));
  const [filled = "", ...folders] = parts.toReversed();
  const name = /[\p{L}\p{N}]/u.test(filled) ? filled : fill("{title}", values);
  return [...folders.reverse().filter((part) => !/^[.\s]*$/.test(part)), name].join("/");
}

function fill(part: string, values: NameValues): string {
  const pieces = part.split(/\{(\w+)\}/).map((text, index) => {
    // Every second piece is a field: the parentheses of the pattern keep it.
    const isValue = index % 2 === 1;
    return { isValue, text: plainText(isValue && isField(text) ? values[text] : text) };
  });
  for (let tries = pieces.length; tries > 0; tries -= 1) {
    const over = pieces.reduce((sum, { text }) => sum + bytesOf(text), 0) - (maxFileNameBytes - endingBytes);
    const inOrder = pieces
      .filter(({ isValue }) => isValue)
      .sort((one, other) => bytesOf(other.text) - bytesOf(one.text));
    const [longest] = inOrder;
    if (over <= 0 || longest === undefined) break;
    longest.text = cutToBytes(longest.text, Math.max(0, bytesOf(longest.text) - over));
  }
  return pieces
    .map(({ text }) => text)
    .join("")
    .trim();
}

const isField = (name: string): name is NameField => Object.hasOwn(nameFields, name);
