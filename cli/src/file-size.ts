const units = ["kB", "MB", "GB", "TB"] as const;

/** A number of bytes as people read it: `160 bytes`, `12.3 kB`, `1.2 MB`. */
export function fileSize(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? "1 byte" : `${Math.round(bytes)} bytes`;
  let amount = bytes;
  let unit = "";
  for (const next of units) {
    // What would be shown as 1000.0 is one of the next unit.
    if (amount < 999.95) break;
    amount /= 1_000;
    unit = next;
  }
  return `${amount.toFixed(1)} ${unit}`;
}
