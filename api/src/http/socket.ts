import type { OwnerEvent } from "@vidferry/core";

/** Where WebSockets are opened. Other paths answer a handshake as if it were an ordinary request. */
export const socketPath = "/ws/";

/** The protocol that a client offers beside `bearer.<key>`; the answer names this one, never the key. */
export const socketProtocol = "vidferry";

/** The part of a WebSocket that the API uses. */
export interface Socket {
  /** Resolves when there is room for more, or the client is gone. */
  send(text: string): Promise<void>;
  close(code: number, reason: string): void;
}

/** Event handlers of a WebSocket. */
export interface SocketHandlers {
  open(socket: Socket): void;
  closed(): void;
}

/** Makes a WebSocket of the handshake that is being answered. */
export type UpgradeSocket = (handlers: SocketHandlers) => void;

/** Options of an event socket. */
export interface EventSocketOptions {
  /** The event as it is sent. */
  readonly present: (event: OwnerEvent) => OwnerEvent;
  /** Called once the socket is open. */
  readonly follow: (signal: AbortSignal) => AsyncIterable<OwnerEvent>;
  /** The server is about to stop: the socket is closed with 1001. */
  readonly closing?: AbortSignal;
  /** The client may not listen any more: the socket is closed with 1008. */
  readonly keyEnded?: AbortSignal;
  /** Following failed: the socket is closed with 1011. */
  readonly onError: (error: unknown) => void;
}

/** Sends events as text frames `{id, event, data}`, only as fast as the client takes them, and closes with 1000 after the last. */
export function createEventSocket(options: EventSocketOptions): SocketHandlers {
  const stop = new AbortController();

  async function pump(socket: Socket): Promise<void> {
    for await (const event of options.follow(stop.signal)) {
      const { id, type, data } = options.present(event);
      const frame = JSON.stringify({ id, event: type, data });
      await socket.send(frame);
      if (stop.signal.aborted) return;
    }
  }

  return {
    open: (socket) => {
      const onClosing = (): void => {
        socket.close(1001, "the server stops");
        stop.abort();
      };
      const onKeyEnded = (): void => {
        socket.close(1008, "the key is not valid any more");
        stop.abort();
      };
      options.closing?.addEventListener("abort", onClosing);
      options.keyEnded?.addEventListener("abort", onKeyEnded);
      if (options.keyEnded?.aborted) onKeyEnded();
      else if (options.closing?.aborted) onClosing();
      pump(socket)
        .then(
          () => socket.close(1000, "the job is over"),
          (error: unknown) => {
            options.onError(error);
            socket.close(1011, "the events cannot be read");
          },
        )
        .finally(() => {
          options.closing?.removeEventListener("abort", onClosing);
          options.keyEnded?.removeEventListener("abort", onKeyEnded);
        });
    },
    closed: () => stop.abort(),
  };
}
