import type { ChildProcess } from "node:child_process";
import ytDlpWrap, { type YTDlpOptions } from "yt-dlp-wrap";

// A CommonJS module: Bun hands out its `default`, Node and Deno hand out the whole of it.
const Wrap: typeof ytDlpWrap = "default" in ytDlpWrap ? (ytDlpWrap.default as typeof ytDlpWrap) : ytDlpWrap;

/**
 * Starts a program through yt-dlp-wrap. Of the wrapper only the start is used: its own listeners collect the output
 * without bound and parse progress with an outdated expression, and its abort does not kill grandchildren. They are
 * taken off before the first byte arrives.
 */
export function spawnWrapped(command: string, args: readonly string[], options: YTDlpOptions): ChildProcess {
  const emitter = new Wrap(command).exec([...args], options);
  // It repeats the child's end as an `error` event, which without a listener would end this process.
  emitter.on("error", () => undefined);
  const child: ChildProcess | undefined = emitter.ytDlpProcess;
  if (child === undefined) throw new Error("yt-dlp-wrap started no process");
  child.stdout?.removeAllListeners("data");
  child.stderr?.removeAllListeners("data");
  return child;
}
