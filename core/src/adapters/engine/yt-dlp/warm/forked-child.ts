import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import type { ChildHandle } from "../../process/index.ts";

/** The streams of a child that come to us. */
export type StreamName = "stdout" | "stderr";

/** A child that another process has forked for us: its output comes over connections, its end is told. */
export interface ForkedChild extends ChildHandle {
  /** Takes the connection of a stream. Its first line, which names it, is read already; `rest` is what came after. */
  connect(name: StreamName, pid: number, socket: Socket, rest: Uint8Array): void;
  /** All its streams are there: it has begun. */
  readonly isConnected: boolean;
  /** Says how it ended; `error`: nobody knows, and it is reported in place of its end. */
  end(exitCode: number | null, signal: string | null, error?: Error): void;
}

/** A child of which these streams are awaited. `onSilent`: they have all closed, so its end should be told soon. */
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

  /** Tells how it ended, once that is known and somebody listens. */
  const tell = () => {
    if (ended === null || !observed || told) return;
    told = true;
    const { exitCode, signal, error } = ended;
    events.emit("exit", exitCode, signal);
    const open = [...streams.values()].filter((stream) => !stream.readableEnded);
    let left = open.length;
    const close = () => {
      // Who stopped it does not ask how it ended.
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
      // A broken connection is the end of what can be read.
      socket.on("error", () => stream.end());
      // Who does not wait for the end of what can be read lets go of whoever holds the other side.
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
        // It ended just now, and will be told to have.
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
      // The other events are asked for in the same breath.
      queueMicrotask(tell);
    },
  };
}
