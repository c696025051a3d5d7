/** Loaded before the service that is fuzzed: webhooks to made-up addresses must not leave the machine. */
import { Socket } from "node:net";

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;
const { connect } = Socket.prototype;

Socket.prototype.connect = function connectToLoopback(this: Socket, ...args: unknown[]): Socket {
  const [target] = args.flat() as [unknown];
  const host = typeof target === "object" && target !== null && "host" in target ? target.host : undefined;
  if (typeof host === "string" && !loopback.test(host)) {
    return this.destroy(Object.assign(new Error(`${host} is not of this machine`), { code: "ENETUNREACH" }));
  }
  return (connect as (...all: unknown[]) => Socket).apply(this, args);
};
