/** Bytes from `start` up to, but without, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The spans with this one added: in order, touching none, overlapping none. */
export function addSpan(spans: readonly Span[], added: Span): Span[] {
  if (added.end <= added.start) return [...spans];
  let { start, end } = added;
  const apart: Span[] = [];
  for (const span of spans) {
    if (span.end < start || span.start > end) {
      apart.push(span);
    } else {
      start = Math.min(start, span.start);
      end = Math.max(end, span.end);
    }
  }
  return [...apart, { start, end }].sort((one, other) => one.start - other.start);
}

/** The gaps in the first `size` bytes, in order. */
export function missingSpans(spans: readonly Span[], size: number): Span[] {
  const missing: Span[] = [];
  let at = 0;
  for (const { start, end } of spans) {
    if (start > at) missing.push({ start: at, end: Math.min(start, size) });
    at = Math.max(at, end);
  }
  if (at < size) missing.push({ start: at, end: size });
  return missing;
}

/** The gaps within these spans, in order; null: in the first `size` bytes. */
export function missingWithin(done: readonly Span[], wanted: readonly Span[] | null, size: number): Span[] {
  const missing = missingSpans(done, size);
  if (wanted === null) return missing;
  const merged = wanted.reduce<Span[]>((spans, span) => addSpan(spans, span), []);
  return missing.flatMap((gap) =>
    merged.flatMap((span) => {
      const [start, end] = [Math.max(gap.start, span.start), Math.min(gap.end, span.end)];
      return end > start ? [{ start, end }] : [];
    }),
  );
}

/** Total number of bytes. */
export function countBytes(spans: readonly Span[]): number {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** Number of contiguous bytes from the start. */
export function prefixOf(spans: readonly Span[]): number {
  const [first] = spans;
  return first?.start === 0 ? first.end : 0;
}
