import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type SocketHandlers, socketProtocol } from "../socket.ts";

/** The WebSockets of a server. */
export interface WebSockets {
  /** Completes a handshake and hands the socket to its handlers. */
  accept(handshake: IncomingMessage, connection: Duplex, head: Buffer, handlers: SocketHandlers): void;
  /** Closes all of them by force. */
  cut(): void;
  close(): void;
}

/** Limits of WebSockets. */
export interface WebSocketLimits {
  /** How long a client may answer no ping, or take nothing of what is sent. */
  readonly stalledMs: number;
  /** Between two pings. */
  readonly pingMs: number;
}

/**
 * Keeps WebSockets alive and ends the dead ones: a client that neither answers a ping nor takes what is sent within the stall
 * limit is closed by force, since a closing handshake with it would wait for ever. Pings come more often than that, since proxies
 * close what nothing comes over.
 */
export function createWebSockets({ stalledMs, pingMs }: WebSocketLimits): WebSockets {
  const server = new WebSocketServer({
    noServer: true,
    // Clients send no messages.
    maxPayload: 4 * 1024,
    perMessageDeflate: false,
    // The other protocol that is offered is the key.
    handleProtocols: (offered) => (offered.has(socketProtocol) ? socketProtocol : false),
  });
  // Counted rather than timed: after this process stood still, nobody has had the time to answer.
  const most = Math.max(1, Math.floor(stalledMs / pingMs));
  const unanswered = new WeakMap<WebSocket, number>();
  const pings = setInterval(() => {
    for (const socket of server.clients) {
      const count = unanswered.get(socket) ?? 0;
      unanswered.set(socket, count + 1);
      if (count >= most) socket.terminate();
      else socket.ping();
    }
  }, pingMs);
  pings.unref();

  return {
    accept: (handshake, connection, head, handlers) =>
      server.handleUpgrade(handshake, connection, head, (socket) => {
        socket.on("pong", () => unanswered.delete(socket));
        socket.on("error", () => socket.terminate());
        socket.on("close", () => handlers.closed());
        handlers.open({
          send: (text) => sendTo(socket, text, stalledMs),
          close: (code, reason) => {
            socket.close(code, reason);
            setTimeout(() => socket.terminate(), stalledMs).unref();
          },
        });
      }),
    cut: () => {
      for (const socket of server.clients) socket.terminate();
    },
    close: () => {
      clearInterval(pings);
      server.close();
    },
  };
}

/** Resolves when the message was handed to the operating system, or the socket is closed. */
function sendTo(socket: WebSocket, text: string, stalledMs: number): Promise<void> {
  if (socket.readyState !== socket.OPEN) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), stalledMs);
    const done = (): void => {
      clearTimeout(timer);
      socket.off("close", done);
      resolve();
    };
    socket.once("close", done);
    socket.send(text, done);
  });
}
