import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import type { ChildHandle } from "../../process/index.ts";

/** The streams of a child that come to us. */
export type StreamName = "stdout" | "stderr" | "report";

/** A child that another process has forked for us: its output arrives over sockets, its exit is reported by that process. */
export interface ForkedChild extends ChildHandle {
  /** Attaches the connection of a stream. Its header line has been read already; `rest` is what followed it. */
  connect(name: StreamName, pid: number, socket: Socket, rest: Uint8Array): void;
  /** All its streams are connected: it has started. */
  readonly isConnected: boolean;
  /** Reports its exit; `error`: the exit status is unknown, and the error is emitted instead. */
  end(exitCode: number | null, signal: string | null, error?: Error): void;
}

/** A child of which these streams are awaited. `onSilent`: they have all closed, so its exit should be reported soon. */
export function createForkedChild(names: readonly StreamName[], onSilent: () => void): ForkedChild {
  const events = new EventEmitter();
  const streams = new Map(names.map((name) => [name, new PassThrough()]));
  const connected = new Set<StreamName>();
  let closed = 0;
  let pid: number | undefined;
  let stopped = false;
  let observed = false;
  let told = false;
  let ended: {
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly error: Error | undefined;
  } | null = null;

  /** Emits its exit, once that is known and somebody listens. */
  const tell = () => {
    if (ended === null || !observed || told) return;
    told = true;
    const { exitCode, signal, error } = ended;
    events.emit("exit", exitCode, signal);
    const open = [...streams.values()].filter((stream) => !stream.readableEnded);
    let left = open.length;
    const close = () => {
      // After a kill of ours the exit status is irrelevant: an error about it is suppressed.
      if (error !== undefined && !stopped) events.emit("error", error);
      else events.emit("close", exitCode, signal);
    };
    if (left === 0) return close();
    for (const stream of open) {
      stream.once("end", () => {
        left -= 1;
        if (left === 0) close();
      });
    }
  };

  return {
    get pid() {
      return pid;
    },
    stdin: null,
    stdout: streams.get("stdout") ?? null,
    stderr: streams.get("stderr") ?? null,
    report: streams.get("report") ?? null,
    get isConnected() {
      return connected.size === streams.size;
    },
    connect(name, process_, socket, rest) {
      const stream = streams.get(name);
      if (stream === undefined || connected.has(name)) return void socket.destroy();
      pid = process_;
      connected.add(name);
      stream.write(rest);
      socket.pipe(stream);
      // A broken connection ends the stream.
      socket.on("error", () => stream.end());
      // A reader that closes the stream early closes the connection, too.
      stream.once("close", () => socket.destroy());
      socket.once("close", () => {
        closed += 1;
        if (closed === streams.size && ended === null) onSilent();
      });
    },
    kill(signal) {
      if (pid === undefined || ended !== null) return false;
      stopped = true;
      try {
        return process.kill(pid, signal);
      } catch {
        // It has exited already; the report follows.
        return false;
      }
    },
    end(exitCode, signal, error) {
      ended ??= { exitCode, signal, error };
      tell();
    },
    once(event: string, listener: (...args: never[]) => void) {
      events.once(event, listener as () => void);
      if (event !== "close") return;
      observed = true;
      // The listeners of the other events are added in the same turn of the event loop.
      queueMicrotask(tell);
    },
  };
}
