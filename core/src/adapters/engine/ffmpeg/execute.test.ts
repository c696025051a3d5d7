import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TempDir, tempDir } from "@vidferry/testing";
import { isAppError } from "../../../errors/index.ts";
import { noTelemetry } from "../../../telemetry/telemetry.ts";
import { askProbe, type ExecuteOptions, execute, explain, type FfmpegTools } from "./execute.ts";
import { quietLogger } from "./test-media.ts";

let dir: TempDir;
beforeAll(async () => {
  dir = await tempDir();
});
afterAll(() => dir[Symbol.asyncDispose]());

/** Tools whose FFmpeg is a shell script. */
function tools(script: string, rest: Partial<FfmpegTools> = {}): FfmpegTools {
  const ffmpeg = join(dir.path, `${crypto.randomUUID()}.sh`);
  writeFileSync(ffmpeg, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  const env = { PATH: "/usr/bin:/bin" };
  const programs = { ffmpeg, ffprobe: ffmpeg };
  return { programs, env, limits: {}, stallMs: 60_000, logger: quietLogger, telemetry: noTelemetry, ...rest };
}
const options = (rest: Partial<ExecuteOptions> = {}): ExecuteOptions => ({
  signal: new AbortController().signal,
  deadlineMs: 20_000,
  ...rest,
});
async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isAppError(error)) throw new Error("expected an AppError", { cause: error });
  return `${error.code}: ${error.message}`;
}

describe("running FFmpeg", () => {
  test.each([
    ["echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1", "disk_full"],
    // FFmpeg has been seen to end in peace although the trailer did not fit.
    ["echo 'Error writing trailer: No space left on device' >&2; exit 0", "disk_full"],
    ["echo 'write: Disk quota exceeded' >&2; exit 1", "disk_full"],
    ["echo 'av_interleaved_write_frame(): File too large' >&2; exit 1", "file_too_large"],
    ["kill -XFSZ $$", "file_too_large"],
    // What the system does when its memory is full, and whoever runs FFmpeg in a shell of its own says so.
    ["kill -KILL $$", "out_of_memory"],
    ["exit 137", "out_of_memory"],
    ["echo '[AVHWFramesContext @ 0x1] Cannot allocate memory' >&2; exit 1", "out_of_memory"],
    ["echo 'x264 [error]: malloc of size 5353683 failed' >&2; exit 1", "out_of_memory"],
    ["kill -SEGV $$", "processing_failed: FFmpeg failed: it was ended by SIGSEGV"],
    ["exit 127", "tool_missing"],
    ["echo 'Unknown encoder libfoo' >&2; exit 1", "processing_failed"],
  ])("%p is the failure %s", async (script, code) => {
    expect(await failure(execute(tools(script), [], options()))).toStartWith(code);
  });

  test("the signal that ended it is kept in the error's cause", async () => {
    const error = await execute(tools("kill -KILL $$"), [], options()).catch((reason: unknown) => reason);
    expect(isAppError(error) && error.cause).toMatchObject({ message: expect.stringContaining("SIGKILL") });
  });

  test("of ffprobe without memory is told apart from a file that it cannot read", async () => {
    const ask = (script: string) => failure(askProbe(tools(script), [], options()));
    expect(await ask("kill -KILL $$")).toStartWith("out_of_memory: ");
    expect(await ask("echo 'x: Cannot allocate memory' >&2; exit 1")).toStartWith("out_of_memory: ");
    expect(await ask("echo 'x: Invalid data' >&2; exit 1")).toStartWith("output_invalid: ");
  });

  test("a run whose output stops growing is stopped", async () => {
    const script = "echo out_time_us=1000; exec sleep 60";
    expect(await failure(execute(tools(script, { stallMs: 200 }), [], options()))).toStartWith(
      "timed_out: FFmpeg made no",
    );
  });

  test("the position is told once for every step forward", async () => {
    const told: number[] = [];
    const script = "for t in N/A -5 0 500000 500000 250000 1500000; do echo out_time_us=$t; done";
    await execute(tools(script), [], options({ onPosition: (seconds) => told.push(seconds) }));
    expect(told).toEqual([0, 0.5, 1.5]);
  });

  test("only the last of many lines are kept", async () => {
    const script = "i=0; while [ $i -lt 500 ]; do echo line $i >&2; i=$((i+1)); done";
    const lines = await execute(tools(script), [], options());
    expect(lines).toHaveLength(40);
    expect(lines.at(-1)).toBe("line 499");
  });

  test("an abort ends it with the signal's own reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const script = "echo out_time_us=1; exec sleep 60";
    const running = execute(
      tools(script),
      [],
      options({ signal: controller.signal, onPosition: () => controller.abort(reason) }),
    );
    expect(await running.catch((error: unknown) => error)).toBe(reason);
  });

  test("the reason that is shown names no path of this machine", () => {
    const said = ["Stream mapping:", "[mov @ 0x55] file:/srv/work/job_1/a.mp4: Invalid data found", "Conversion done"];
    expect(explain(said)).toBe("…: Invalid data found");
    expect(explain([])).toBe("it gave no reason");
  });
});
