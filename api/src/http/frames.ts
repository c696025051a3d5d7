/** Where the frames of an event stream go. */
export interface FrameSink {
  /** Returns whether more may be written at once. After false the source waits for its `ready`. */
  write(frame: Uint8Array<ArrayBuffer>): boolean;
  /** No frame follows. */
  end(): void;
  /** Breaks the stream off, so that the client notices. */
  cut(): void;
}

/** What writes the frames of an event stream. */
export interface FrameSource {
  /** Called once, when frames can be written. */
  open(sink: FrameSink): void;
  /** The client has room for more. */
  ready(): void;
  /** The client is gone: nothing more is written. */
  closed(): void;
}

/** Makes the source the body of this request's answer: our server writes its frames straight to the connection. */
export type StreamFrames = (source: FrameSource) => void;

/** The frames as a body, for callers of `app.fetch` without our server. A frame is made only when the body is read. */
export function framesBody(source: FrameSource): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start: (controller) =>
        source.open({
          write: (frame) => {
            controller.enqueue(frame);
            return false;
          },
          end: () => controller.close(),
          cut: () => controller.error(new Error("The client stopped reading.")),
        }),
      pull: () => source.ready(),
      cancel: () => source.closed(),
    },
    { highWaterMark: 0 },
  );
}
