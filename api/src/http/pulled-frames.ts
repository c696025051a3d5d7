import type { FrameSink, FrameSource } from "./frames.ts";

/** Options of {@link pulledFrames}. */
export interface PulledFramesOptions {
  /** Asked for the next frame only when the client has room for it. */
  readonly frames: AsyncIterator<Uint8Array<ArrayBuffer>>;
  /** A client that takes nothing for this long is cut off, in milliseconds. */
  readonly stalledMs: number;
  /** The source failed: the answer is cut off, so that the client notices that it is not whole. */
  readonly onError: (error: unknown) => void;
}

/** A long answer that is made while it is read: one frame of it is in memory, however slow its reader is. */
export function pulledFrames({ frames, stalledMs, onError }: PulledFramesOptions): FrameSource {
  let sink: FrameSink | undefined;
  let ended = false;
  let stall: ReturnType<typeof setTimeout> | undefined;

  const letGo = (): void => {
    ended = true;
    clearTimeout(stall);
    void frames.return?.().catch(() => undefined);
  };

  const cut = (): void => {
    if (ended) return;
    letGo();
    sink?.cut();
  };

  const pump = async (): Promise<void> => {
    while (!ended) {
      const next = await frames.next();
      if (ended) return;
      if (next.done) {
        letGo();
        sink?.end();
        return;
      }
      if (sink?.write(next.value) === false) {
        stall = setTimeout(cut, stalledMs);
        return;
      }
    }
  };

  const go = (): void => {
    clearTimeout(stall);
    pump().catch((error: unknown) => {
      if (!ended) onError(error);
      cut();
    });
  };

  return {
    open: (opened) => {
      sink = opened;
      go();
    },
    ready: go,
    closed: letGo,
  };
}
