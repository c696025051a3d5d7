import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Idle timeout while there are too many connections, in milliseconds. */
const patienceMs = 1_000;

/** Tracks which connections of a server are idle. */
export interface IdleConnections {
  /** A request has begun on the connection. */
  asks(connection: Socket): void;
  /** The request has been answered. */
  rests(connection: Socket): void;
  /** Stops closing idle connections. */
  stop(): void;
}

/**
 * While more than `most` connections are open, closes those that have not sent a whole request for a second. Nobody needs a
 * key to open one, and each takes a descriptor that other clients, the database and the programs need.
 */
export function closeIdleConnections(server: Server, most: number): IdleConnections {
  let open = 0;
  /** Idle connections, with the time since when. */
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
