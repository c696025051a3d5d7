import type { Buffer } from "node:buffer";
import type { RemoteFile } from "./remote-file.ts";

/** An element of EBML (RFC 8794), with its id as it is written. */
export interface Element {
  readonly id: number;
  readonly start: number;
  /** Where its content begins. */
  readonly content: number;
  readonly end: number;
}

/** The element that begins at this place of a file; null: none does. */
export async function elementIn(file: RemoteFile, at: number): Promise<Element | null> {
  const [element] = elementsIn(await file.read(at, 12), null, at);
  return element ?? null;
}

/** The elements of a buffer, or of an element in it; `base` is where the buffer lies. Those without a size end them. */
export function elementsIn(bytes: Buffer, within: Element | null = null, base = 0): Element[] {
  const elements: Element[] = [];
  const until = within?.end ?? bytes.length;
  for (let at = within?.content ?? 0; at < until; ) {
    const name = readNumber(bytes, at, true);
    const size = name && readNumber(bytes, at + name.length, false);
    if (name === null || size === null) break;
    const content = at + name.length + size.length;
    elements.push({ id: name.value, start: base + at, content: base + content, end: base + content + size.value });
    // Of a head alone nothing more can be read.
    if (base > 0 || content + size.value > bytes.length) break;
    at = content + size.value;
  }
  return elements;
}

/** The number in a child of an element, or of the buffer. */
export function numberIn(bytes: Buffer, within: Element | null, name: number): number | null {
  const child = elementsIn(bytes, within).find((one) => one.id === name);
  if (child === undefined || child.end > bytes.length || child.end - child.content > 8) return null;
  let value = 0;
  for (let at = child.content; at < child.end; at++) value = value * 256 + (bytes[at] ?? 0);
  return value;
}

/** A number of variable length: an id keeps its marker. Null: there is none, or it says "unknown". */
function readNumber(
  bytes: Buffer,
  at: number,
  isId: boolean,
): { readonly value: number; readonly length: number } | null {
  const first = bytes[at];
  if (first === undefined || first === 0) return null;
  const length = Math.clz32(first) - 23;
  if (at + length > bytes.length) return null;
  let value = isId ? first : first & (0xff >> length);
  let isUnknown = !isId && value === 0xff >> length;
  for (let index = 1; index < length; index++) {
    const byte = bytes[at + index] ?? 0;
    isUnknown &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return isUnknown ? null : { value, length };
}
