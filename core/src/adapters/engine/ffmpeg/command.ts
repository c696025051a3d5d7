import fluentFfmpeg from "fluent-ffmpeg";

/** One run of FFmpeg. Paths are absolute; options are whole arguments, never split. */
export interface Call {
  readonly inputs: readonly { readonly path: string; readonly options: readonly string[] }[];
  /** A filter graph over several inputs; null: none. */
  readonly graph: string | null;
  /** Filters on the one video stream and on the one audio stream, where the graph does not hold them. */
  readonly videoFilters: readonly string[];
  readonly audioFilters: readonly string[];
  readonly outputOptions: readonly string[];
  /** Null: the result is thrown away (an analysis). */
  readonly output: string | null;
}

/** A method of the builder that its types lack: it returns the arguments without running anything. */
interface ArgumentList {
  _getArguments(): string[];
}

/** Options in a form that the builder takes as they are: it splits a lone string at its space. */
const whole = (options: readonly string[]): [string, string, ...string[]] => {
  const [first, second, ...rest] = options;
  if (first === undefined || second === undefined) throw new RangeError("expected options with their values");
  return [first, second, ...rest];
};

/**
 * The command line for a call. fluent-ffmpeg only builds the arguments: it is archived, parses progress from log lines and
 * cannot stop descendants, so running, progress, limits and stopping are our own (docs/adr/0002).
 */
export function buildArguments(call: Call): string[] {
  const command = fluentFfmpeg();
  for (const input of call.inputs) {
    command.input(`file:${input.path}`);
    if (input.options.length > 0) command.inputOptions(...whole(input.options));
  }
  if (call.graph !== null) command.complexFilter(call.graph);
  // The first of each kind: a cover is a picture too, and is copied.
  if (call.videoFilters.length > 0) command.outputOptions("-filter:v:0", call.videoFilters.join(","));
  if (call.audioFilters.length > 0) command.outputOptions("-filter:a:0", call.audioFilters.join(","));
  command.outputOptions(...whole(call.outputOptions));
  if (call.output === null) command.output("-").outputFormat("null");
  else command.output(`file:${call.output}`);
  const built = (command as unknown as ArgumentList)._getArguments();
  // Analysis filters print their results at the level of FFmpeg's informational messages.
  const verbosity = call.output === null ? "info" : "warning";
  return ["-hide_banner", "-v", verbosity, "-nostats", "-progress", "pipe:1", "-stats_period", "0.5", "-y", ...built];
}
