import type { Transcoder } from "../../../pipeline/transcoder.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { noTelemetry, type Telemetry } from "../../../telemetry/telemetry.ts";
import { type ChildLimits, systemPath } from "../process/index.ts";
import { alignCuts } from "./align-cuts.ts";
import { checkPrograms, readVersion } from "./check.ts";
import { chooseForm, hasNeededStream } from "./choose-form.ts";
import type { FfmpegTools } from "./execute.ts";
import { isFinishedForm } from "./finished.ts";
import type { Programs } from "./guarded-programs.ts";
import { inspectFile } from "./inspect.ts";
import { joinPeriods } from "./join.ts";
import { withMeasuredLength, withRealLength } from "./measure.ts";
import { convertPicture } from "./picture.ts";
import { rewriteMedia } from "./rewrite.ts";
import { shapeMedia } from "./shape.ts";

export interface FfmpegTranscoderOptions {
  /** What `installWrappers` returned. */
  readonly programs: Programs;
  readonly logger: Logger;
  /** Is told of each run. Default: nobody is. */
  readonly telemetry?: Telemetry;
  /** For each run. Default: none. */
  readonly limits?: ChildLimits;
  /** Stop FFmpeg when its output has not grown for this long; 5 minutes. */
  readonly stallMs?: number;
  /** Where the programs are looked up when they are not absolute paths. Default: the usual system folders. */
  readonly path?: string;
}

/** Encoding 8K holds some sixty frames of 50 to 100 MB each. */
const maxMemoryBytes = 8 * 1024 ** 3;

/** The {@link Transcoder} that runs FFmpeg and ffprobe through the wrappers. */
export function ffmpegTranscoder(options: FfmpegTranscoderOptions): Transcoder {
  const tools: FfmpegTools = {
    programs: options.programs,
    env: { PATH: options.path ?? systemPath, LANG: "C.UTF-8" },
    limits: { memoryBytes: maxMemoryBytes, ...options.limits },
    stallMs: options.stallMs ?? 300_000,
    logger: options.logger,
    telemetry: options.telemetry ?? noTelemetry,
  };
  let version: Promise<string | null> | undefined;
  return {
    async inspect(path, { signal, expectedSeconds, isPart }) {
      const file = await inspectFile(tools, path, signal);
      if (isPart) return await withMeasuredLength(tools, file, signal);
      return expectedSeconds === undefined ? file : await withRealLength(tools, file, expectedSeconds, signal);
    },
    rewrite: (file, outputBase, options) => rewriteMedia(tools, file, outputBase, options),
    join: (periods, outputBase, options) => joinPeriods(tools, periods, outputBase, options),
    alignCuts: (recipe, { signal }) => alignCuts(tools, recipe, signal),
    isFinished: (recipe) => hasNeededStream(recipe) && isFinishedForm(recipe, chooseForm(recipe)),
    shape: (recipe, shapeOptions) => shapeMedia(tools, recipe, shapeOptions),
    toPicture: (path, outputBase, options) => convertPicture(tools, path, outputBase, options),
    version() {
      version ??= readVersion(tools, tools.programs.ffmpeg).catch(() => {
        // Not cached: the program may be installed later.
        version = undefined;
        return null;
      });
      return version;
    },
    check: (signal) => checkPrograms(tools, signal),
  };
}
