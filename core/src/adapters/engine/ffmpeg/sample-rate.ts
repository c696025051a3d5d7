import { z } from "zod";
import { askProbe, type FfmpegTools } from "./execute.ts";
import type { Form } from "./form.ts";

const deadlineMs = 30_000;
/** Of sound that does not say its own. */
const usualHz = 48_000;

const Probed = z.object({ streams: z.array(z.object({ sample_rate: z.coerce.number().catch(usualHz) })).min(1) });

/** The samples a second of the sound that a result begins with. */
export async function sampleRateOf(tools: FfmpegTools, { sounds }: Form, signal: AbortSignal): Promise<number> {
  const [sound] = sounds;
  if (sound === undefined) return usualHz;
  const { file, index } = sound.source;
  const args = ["-select_streams", String(index), "-show_entries", "stream=sample_rate", "-i", `file:${file.path}`];
  const probed = Probed.safeParse(await askProbe(tools, args, { signal, deadlineMs }));
  return probed.data?.streams[0]?.sample_rate ?? usualHz;
}
