import { fileURLToPath } from "node:url";
import { attempt, type Composition, docker, type Ended } from "./docker.ts";

const bases = fileURLToPath(new URL("bases", import.meta.url));
const samples = fileURLToPath(new URL("../../../infra/egress", import.meta.url));
const nftables = "vidferry-trial-nftables";

/** A service of the composition with the port that the worker needs of it. */
export interface Needed {
  readonly service: string;
  readonly port: number;
}

/** A container's address in its first network. */
async function addressOf(at: Composition, service: string): Promise<string> {
  const [container = ""] = await at.containers(service);
  const addresses = await docker(
    ...["inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", container],
  );
  return addresses.split(" ")[0] ?? "";
}

/** A connection from inside a container, as its own user or another one. */
const knock = (container: string, host: string, port: number, ...options: readonly string[]): Promise<Ended> =>
  attempt([
    ...["docker", "exec", ...options, container, "timeout", "10", "python3", "-c"],
    `import socket; socket.create_connection(("${host}", ${port}), 5)`,
  ]);

/** @throws Error when the container reaches what it must not: a refused connection has reached its host as well. */
async function mustNotReach(container: string, host: string, port: number): Promise<void> {
  const { code, output } = await knock(container, host, port);
  // A name that nobody answers for takes longer than it is waited for.
  if (code === 0 || /refused/i.test(output)) throw new Error(`the worker reaches ${host}:${port} by itself: ${output}`);
}

/** @throws Error when the container does not reach what it needs. */
async function mustReach(who: string, ...where: Parameters<typeof knock>): Promise<void> {
  const { code, output } = await knock(...where);
  if (code !== 0) throw new Error(`${who} does not reach ${where[1]}:${where[2]}: ${output}`);
}

/** Real attempts from inside the worker: at the world's address, at its name, and at the proxy. */
export async function checkEgress(at: Composition): Promise<string> {
  const [worker = ""] = await at.containers("worker");
  const address = await addressOf(at, "origin");
  for (const host of [address, "origin"]) await mustNotReach(worker, host, 8000);
  await mustReach("the worker", worker, "egress", 3128);
  // The proxy does go there, so that it is the worker's network that has no way, and not the world that is not there.
  const [egress = ""] = await at.containers("egress");
  const way = await attempt(["docker", "exec", egress, "bash", "-c", `exec 3<>/dev/tcp/${address}/8000`]);
  if (way.code !== 0) throw new Error(`the proxy does not reach ${address}: ${way.output}`);
  return `the worker reaches neither ${address} nor its name, only the proxy, which does`;
}

/** Runs infra/egress/check.sh with the kernel that containers have, in a container without a network. */
export async function checkRuleset(debian: string): Promise<string> {
  const file = `${bases}/nftables.Dockerfile`;
  await docker("build", "-q", "-t", nftables, "-f", file, "--build-arg", `DEBIAN_IMAGE=${debian}`, bases);
  // It makes namespaces and mounts of its own. Not --privileged: that asks for rights which a daemon in a namespace does not have.
  const caps = ["--cap-add", "NET_ADMIN", "--cap-add", "SYS_ADMIN"];
  const open = ["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"];
  const place = ["--network", "none", "-v", `${samples}:/egress:ro`];
  const said = await docker("run", "--rm", ...caps, ...open, ...place, nftables, "sh", "/egress/check.sh");
  return `${said.split("\n").filter((line) => line.startsWith("ok: ")).length} connections`;
}

/** Loads infra/egress/nftables.conf into the network of each worker, with the addresses of what it needs. */
export async function closeWorkers(at: Composition, needed: readonly Needed[]): Promise<string> {
  const elements = await Promise.all(
    needed.map(async ({ service, port }) => `${await addressOf(at, service)} . ${port}`),
  );
  const script = `nft -f /egress/nftables.conf && nft add element inet vidferry_egress services4 '{ ${elements.join(", ")} }'`;
  const origin = await addressOf(at, "origin");
  const workers = await at.containers("worker");
  for (const worker of workers) {
    await mustReach("the worker without rules", worker, origin, 8000);
    const rights = ["--network", `container:${worker}`, "--cap-add", "NET_ADMIN"];
    await docker("run", "--rm", ...rights, "-v", `${samples}:/egress:ro`, nftables, "sh", "-c", script);
    await mustNotReach(worker, origin, 8000);
    for (const { service, port } of needed) await mustReach("the worker", worker, service, port);
    await mustReach("another user", worker, origin, 8000, "--user", "10002");
  }
  return `${workers.length} of ${workers.length} workers reach ${needed.map(({ service }) => service).join(", ")} and nothing else`;
}
