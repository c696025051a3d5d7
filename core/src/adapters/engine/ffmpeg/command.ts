import fluentFfmpeg from "fluent-ffmpeg";

/** One run of FFmpeg. Paths are absolute; options are whole arguments, never split. */
export interface Call {
  readonly inputs: readonly { readonly path: string; readonly options: readonly string[] }[];
  /** A filter graph over several inputs; null: none. */
  readonly graph: string | null;
  /** Filters on the one audio stream. */
  readonly audioFilters: readonly string[];
  readonly outputOptions: readonly string[];
  /** Null: the result is thrown away (an analysis). */
  readonly output: string | null;
}

/** What of the builder is not in its types: it lists the arguments without running anything. */
interface ArgumentList {
  _getArguments(): string[];
}

/** Adds options one argument at a time: given alone, the builder would cut an argument in two at its one blank. */
const whole = (options: readonly string[]): [string, string, ...string[]] => {
  const [first, second, ...rest] = options;
  if (first === undefined || second === undefined) throw new RangeError("expected options with their values");
  return [first, second, ...rest];
};

/**
 * The command line for a call. fluent-ffmpeg is the builder and nothing more: it is archived, parses progress from prose and
 * cannot end what it started, so running, progress, limits and the end are ours (docs/adr/0002).
 */
export function buildArguments(call: Call): string[] {
  const command = fluentFfmpeg();
  for (const input of call.inputs) {
    command.input(`file:${input.path}`);
    if (input.options.length > 0) command.inputOptions(...whole(input.options));
  }
  if (call.graph !== null) command.complexFilter(call.graph);
  if (call.audioFilters.length > 0) command.audioFilters([...call.audioFilters]);
  command.outputOptions(...whole(call.outputOptions));
  if (call.output === null) command.output("-").outputFormat("null");
  else command.output(`file:${call.output}`);
  const built = (command as unknown as ArgumentList)._getArguments();
  // An analysis prints what it found among FFmpeg's ordinary messages.
  const verbosity = call.output === null ? "info" : "warning";
  return ["-hide_banner", "-v", verbosity, "-nostats", "-progress", "pipe:1", "-stats_period", "0.5", "-y", ...built];
}
