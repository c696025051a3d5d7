import type { Span } from "./byte-spans.ts";
import type { Answer } from "./connection.ts";
import { FileChanged, RequestRefused } from "./errors.ts";
import type { FileIdentity } from "./part-file.ts";

/** Content of an answer: a span of a version of the file. */
export interface Delivery {
  readonly identity: FileIdentity;
  readonly span: Span;
}

/**
 * The content of an answer to a request for `asked`; null: a whole file of unknown length. Throws `RequestRefused` when it has
 * none, and `FileChanged` when it does not match the requested span or the known version.
 */
export function deliveryOf(answer: Answer, asked: Span | null, known: FileIdentity | null): Delivery | null {
  const { status, headers, length } = answer;
  if ((headers.get("content-encoding") ?? "identity") !== "identity") throw new RequestRefused(status, "encoded");
  if (status === 200) {
    if (length === null) return null;
    return { identity: identityOf(answer, length, known), span: { start: 0, end: length } };
  }
  if (status === 416 && known !== null) throw new FileChanged("the file ends before what is missing of it");
  if (status !== 206 || asked === null) throw new RequestRefused(status, answer.reason);
  const [, first, last, total] =
    /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers.get("content-range") ?? "") ?? [];
  const span = { start: Number(first), end: Number(last) + 1 };
  const size = Number(total);
  const fits = span.start === asked.start && span.end > span.start && span.end <= Math.min(asked.end, size);
  // Without a length, or with a contradicting one, its position is uncertain.
  if (!fits || length !== span.end - span.start) throw new FileChanged("other bytes were sent than were asked for");
  return { identity: identityOf(answer, size, known), span };
}

function identityOf(answer: Answer, size: number, known: FileIdentity | null): FileIdentity {
  const identity = { size, validator: validatorOf(answer) };
  if (known !== null && (known.size !== size || known.validator !== identity.validator)) {
    throw new FileChanged("it is another file now");
  }
  return identity;
}

function validatorOf({ headers }: Answer): string | null {
  const tag = headers.get("etag") ?? null;
  if (tag !== null && /^"[^"]*"$/.test(tag)) return tag;
  return headers.get("last-modified") ?? tag;
}

/** Whether `If-Range` may name it (RFC 9110 §13.1.5): a weak tag can only tell afterwards that the file is another one. */
export function mayCondition(validator: string | null): validator is string {
  return validator !== null && !validator.startsWith("W/");
}
