/**
 * Loaded before the program: its clock is CLOCK_SKEW_MS ahead of the machine's.
 * @module
 */
const skewMs = Number(process.env["CLOCK_SKEW_MS"]);
if (!Number.isInteger(skewMs)) throw new Error("CLOCK_SKEW_MS is a whole number of milliseconds");

const now = Date.now.bind(Date);
class SkewedDate extends Date {
  constructor(...parts: readonly unknown[]) {
    super(...((parts.length === 0 ? [now() + skewMs] : parts) as [number]));
  }
  static override now(): number {
    return now() + skewMs;
  }
}
globalThis.Date = SkewedDate as DateConstructor;
