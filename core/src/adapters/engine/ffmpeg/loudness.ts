import { z } from "zod";

/** EBU R128 with the loudness streaming services use: integrated LUFS, true peak dBTP, range LU. */
const target = "I=-16:TP=-1.5:LRA=11";

/** First pass: measures and prints JSON. */
export const measuringFilter = `loudnorm=${target}:print_format=json`;

const level = z.coerce.number().min(-99).max(99);
const Measurement = z.object({
  input_i: level,
  input_tp: level,
  input_lra: level,
  input_thresh: level,
  target_offset: level,
});

/**
 * Second pass: one gain for the whole file, from the measurements of the first, so that the level does not pump. Null when
 * there is nothing to measure (silence). The sample rate is reset afterwards because the filter works at 192 kHz; by `aformat`,
 * since of other than two channels `aresample` cannot tell the layout.
 * @param sampleRateHz that of the sound before.
 */
export function normalizingFilters(printed: readonly string[], sampleRateHz: number): string[] | null {
  const text = printed.join("\n");
  const json = text.slice(text.lastIndexOf("{"), text.lastIndexOf("}") + 1);
  const parsed = Measurement.safeParse(json === "" ? null : tryJson(json));
  if (!parsed.success) return null;
  const { input_i, input_tp, input_lra, input_thresh, target_offset } = parsed.data;
  const measured = `measured_I=${input_i}:measured_TP=${input_tp}:measured_LRA=${input_lra}:measured_thresh=${input_thresh}`;
  return [`loudnorm=${target}:${measured}:offset=${target_offset}:linear=true`, `aformat=sample_rates=${sampleRateHz}`];
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
