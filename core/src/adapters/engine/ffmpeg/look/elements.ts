import { type Element, elementsIn } from "../../media-index/index.ts";
import { known, sure } from "./sure.ts";

/** Elements of EBML within another one. */
export interface Elements {
  all(id: number): readonly Element[];
  /** Null: there is none. Unsure where there are several. */
  optional(id: number): Element | null;
  only(id: number): Element;
  /** The number in one; `absent` where there is none. */
  number<T>(id: number, absent: T): number | T;
  /** The bytes of one in hexadecimal without leading zeros; null: there is none. */
  hex(id: number): string | null;
  /** The text in one; `absent` where there is none. */
  text<T>(id: number, absent: T): string | T;
}

/** The elements that fill this space to its last byte; all have one of these ids, or are empty room or a checksum. */
export function elementsOf(bytes: Buffer, within: Element | null, ids: readonly number[]): Elements {
  const elements = elementsIn(bytes, within);
  sure((elements.at(-1)?.end ?? within?.content ?? 0) === (within?.end ?? bytes.length));
  sure(elements.every(({ id }) => ids.includes(id) || id === 0xec || id === 0xbf));
  const all = (id: number) => elements.filter((element) => element.id === id);
  const optional = (id: number) => {
    const found = all(id);
    sure(found.length <= 1);
    return found[0] ?? null;
  };
  return {
    all,
    optional,
    only: (id) => known(optional(id)),
    number: (id, absent) => {
      const element = optional(id);
      return element === null ? absent : numberIn(bytes, element);
    },
    hex: (id) => {
      const element = optional(id);
      return element && bytes.toString("hex", element.content, element.end).replace(/^0+/, "");
    },
    text: (id, absent) => {
      const element = optional(id);
      // It ends with a zero, or with the element.
      return element === null ? absent : bytes.toString("latin1", element.content, element.end).replace(/\0.*$/s, "");
    },
  };
}

/** A whole number without a sign, of up to 48 bits: none that is read is larger. */
function numberIn(bytes: Buffer, { content, end }: Element): number {
  sure(end > content && end - content <= 8);
  const value = bytes.subarray(content, end).reduce((sum, byte) => sum * 256 + byte, 0);
  sure(Number.isSafeInteger(value));
  return value;
}

/** A fraction of 4 or 8 bytes. */
export function fractionIn(bytes: Buffer, { content, end }: Element): number {
  sure(end - content === 4 || end - content === 8);
  return end - content === 4 ? bytes.readFloatBE(content) : bytes.readDoubleBE(content);
}
