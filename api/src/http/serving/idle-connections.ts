import type { Server } from "node:http";
import type { Socket } from "node:net";

/** How long a connection may ask for nothing while there are too many, in milliseconds. */
const patienceMs = 1_000;

/** Tells the connections of a server that ask for something from those that do not. */
export interface IdleConnections {
  /** There is a request on it. */
  asks(connection: Socket): void;
  /** The request has been answered. */
  rests(connection: Socket): void;
  /** Ends the looking. */
  stop(): void;
}

/**
 * While more than `most` connections are open, closes those that have not sent a whole request for a second. Nobody needs a
 * key to open one, and each takes a descriptor that other clients, the database and the programs need.
 */
export function closeIdleConnections(server: Server, most: number): IdleConnections {
  let open = 0;
  /** Those without a request, and since when. */
  const idle = new Map<Socket, number>();
  server.on("connection", (connection) => {
    open += 1;
    idle.set(connection, performance.now());
    connection.once("close", () => {
      open -= 1;
      idle.delete(connection);
    });
  });
  const looking = setInterval(() => {
    if (open <= most) return;
    const until = performance.now() - patienceMs;
    for (const [connection, since] of idle) if (since <= until) connection.destroy();
  }, patienceMs / 2);
  looking.unref();

  return {
    asks: (connection) => void idle.delete(connection),
    rests: (connection) => {
      if (!connection.destroyed) idle.set(connection, performance.now());
    },
    stop: () => clearInterval(looking),
  };
}
