import { UsageError } from "@vidferry/core/program";

const units: Readonly<Record<string, number>> = { "": 1, k: 1_000, m: 1_000_000, g: 1_000_000_000 };

/** `500k`, `2.5M`, `1 MB/s`: bytes a second. Throws {@link UsageError}. */
export function readRate(text: string): number {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?(?:\/s)?$/i.exec(text.trim()) ?? [];
  const rate = Number(amount) * (units[unit.toLowerCase()] ?? 0);
  // Less than this is no rate at which anything arrives before connections are given up.
  if (amount !== "" && rate >= 1_000) return rate;
  throw new UsageError(
    `--limit-rate: expected at least 1k a second, such as 500k or 2.5M, not ${JSON.stringify(text)}`,
  );
}
