import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";

/** Marker in everything that a trap serves. */
export const bait = "THIS-CAME-OUT-OF-A-TRAP";

/** Listeners that must not be reached, and a file that must not be read. */
export interface Trap extends AsyncDisposable {
  /** The TCP port on 127.0.0.1 and ::1; UDP too where the number is free. */
  readonly port: number;
  /** Of a socket in the file system. */
  readonly socket: string;
  readonly file: string;
  /** Connections and datagrams so far. */
  caught(): number;
}

/** Sets a trap; `folder` is an empty folder of its own. */
export async function setTrap(folder: string): Promise<Trap> {
  let count = 0;
  const tcp = () =>
    createServer((connection) => {
      count++;
      connection.on("error", () => undefined);
      // Both an FTP greeting and an HTTP response, so that clients of either protocol go on.
      connection.end(`HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\n\r\n220 ${bait}\r\n`);
    });
  const servers = [tcp(), tcp(), tcp()] as const;
  const [first, second, local] = servers;
  first.listen(0, "127.0.0.1");
  await once(first, "listening");
  const { port } = first.address() as AddressInfo;
  // IPv6 may be missing, or the number taken there.
  const quiet = () => undefined;
  second.on("error", quiet).listen(port, "::1");
  const datagrams = createSocket("udp4", () => count++).on("error", quiet);
  datagrams.bind(port, "127.0.0.1");
  const socket = join(folder, "s");
  local.listen(socket);
  await once(local, "listening");
  const file = join(folder, "secret.mp4");
  await writeFile(file, bait);
  return {
    port,
    socket,
    file,
    caught: () => count,
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.close();
      datagrams.close();
    },
  };
}
