/**
 * Loaded before the program: its clock is CLOCK_SKEW_MS ahead of the machine's. With CLOCK_JUMP_MS each SIGUSR2 makes it jump: so
 * far ahead, and back the next time.
 * @module
 */
const whole = (name: string, otherwise: string): number => {
  const value = Number(process.env[name] ?? otherwise);
  if (Number.isInteger(value)) return value;
  throw new Error(`${name} is a whole number of milliseconds`);
};
const skewMs = whole("CLOCK_SKEW_MS", "");
const jumpMs = whole("CLOCK_JUMP_MS", "0");

let jumpedMs = 0;
if (jumpMs !== 0) {
  process.on("SIGUSR2", () => {
    jumpedMs = jumpMs - jumpedMs;
  });
}

const machineNow = Date.now.bind(Date);
const now = () => machineNow() + skewMs + jumpedMs;
class SkewedDate extends Date {
  constructor(...parts: readonly unknown[]) {
    super(...((parts.length === 0 ? [now()] : parts) as [number]));
  }
  static override now(): number {
    return now();
  }
}
globalThis.Date = SkewedDate as DateConstructor;
