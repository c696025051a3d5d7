/**
 * Runs in a container of the trial (`bin/images`), from the worker's image: a double of YouTube behind a proxy at port 3128, and a
 * server of media files at port 8000. Both listen on the container's loopback by themselves.
 */
import { copyFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { startMediaOrigin, startYouTubeDouble } from "@vidferry/testing";

/** Leads connections to a port of every address to one of the loopback. */
function publish(port: number, target: number): Promise<void> {
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    client.on("error", () => upstream.destroy()).on("close", () => upstream.destroy());
    upstream.on("error", () => client.destroy()).on("close", () => client.destroy());
    client.pipe(upstream);
    upstream.pipe(client);
  });
  return new Promise((resolve) => server.listen(port, "0.0.0.0", resolve));
}

const media = await startMediaOrigin();
const youtube = await startYouTubeDouble({ directHosts: ["origin:8000"] });
await publish(8000, media.port);
await publish(3128, Number(new URL(youtube.proxyUrl).port));
// Last: with this file the container counts as healthy.
await copyFile(youtube.caFile, "/authority/ca.pem");
