import { AppError, type FieldError } from "@vidferry/core";

/** What a body of JSON may be, whatever its schema. */
export interface JsonBounds {
  /** Objects and arrays inside one another. */
  readonly depth: number;
  /** Names in all objects together. */
  readonly names: number;
}

/** What any body may be: four times what the deepest and largest request of the API needs. */
export const bodyBounds: JsonBounds = { depth: 24, names: 2_000 };

/** An object or array that is open where the scan is. */
interface Frame {
  /** Names so far; null: an array. */
  readonly names: Set<string> | null;
  /** Where the scan is inside it: the name, or the number of the item. */
  at: string | number;
  expectsName: boolean;
}

/**
 * Throws `invalid_request` for a text that `JSON.parse` would take and that means no good: nested so deeply that whatever walks it
 * recursively fails, a name that stands there twice (parsers differ on which one counts, so that two programs see two requests),
 * or the name `__proto__`. What is no JSON passes: the parser says so.
 */
export function expectBoundedJson(text: string, bounds: JsonBounds): void {
  const frames: Frame[] = [];
  let names = 0;
  for (let index = 0; index < text.length; index++) {
    const frame = frames.at(-1);
    switch (text.charCodeAt(index)) {
      case quote: {
        const end = endOfText(text, index);
        if (end < 0) return;
        if (frame?.names != null && frame.expectsName) {
          const name = nameIn(text.slice(index, end + 1));
          if (name === null) return;
          frame.at = name;
          names += 1;
          if (names > bounds.names)
            refuse(frames.slice(0, -1), `has more than ${bounds.names} names with what is in it`);
          if (name === "__proto__") refuse(frames, "is no name that can be used");
          if (frame.names.has(name)) refuse(frames, "stands there twice");
          frame.names.add(name);
          frame.expectsName = false;
        }
        index = end;
        break;
      }
      case openBrace:
      case openBracket: {
        if (frames.length >= bounds.depth) refuse(frames, `is nested more than ${bounds.depth} levels deep`);
        const isObject = text.charCodeAt(index) === openBrace;
        frames.push({ names: isObject ? new Set() : null, at: isObject ? "" : 0, expectsName: isObject });
        break;
      }
      case closeBrace:
      case closeBracket:
        frames.pop();
        break;
      case comma:
        if (frame === undefined) return;
        if (frame.names === null) frame.at = Number(frame.at) + 1;
        else frame.expectsName = true;
        break;
    }
  }
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** The index of the quotation mark that ends a text; -1: there is none. */
function endOfText(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === backslash) index += 1;
    else if (code === quote) return index;
  }
  return -1;
}

/** A name as it is meant: `"\u0061"` is `a`. Null: it is no JSON. */
function nameIn(quoted: string): string | null {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return null;
  }
}

const shown = 100;

function refuse(frames: readonly Frame[], message: string): never {
  const steps = frames.map(({ at }) => String(at).slice(0, shown).replaceAll("~", "~0").replaceAll("/", "~1"));
  const field: FieldError = { path: steps.map((step) => `/${step}`).join(""), message };
  const where = field.path === "" ? "The body" : `\`${field.path}\` in the body`;
  throw new AppError("invalid_request", `${where} ${message}.`, { fields: [field] });
}
