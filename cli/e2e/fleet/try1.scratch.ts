import { startFleet } from "/work/main/cli/e2e/fleet/fleet.ts";
import { fleetServers } from "/work/main/cli/e2e/fleet/servers.ts";
await using servers = await fleetServers();
console.time("fleet");
await using fleet = await startFleet({ ...servers, env: { LEASE_SECONDS: "4" } });
const api = await fleet.api();
const worker = await fleet.worker("alpha");
console.timeEnd("fleet");
const post = async (url: string) => { const r = await fetch(`${api.url}/api/v1/downloads`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ url }) }); console.log(r.status); return (await r.json()) as any; };
for (const url of [fleet.origin.url("landscape/18.mp4"), fleet.youtube.url("muxedOnly01"), fleet.origin.url("big/3000000.mp4")]) {
  const t = performance.now();
  let job = await post(url); console.log(job.id, job.state, job.code, job.detail);
  while (!["succeeded", "failed", "canceled"].includes(job.state)) { await Bun.sleep(100); job = await (await fetch(`${api.url}/api/v1/downloads/${job.id}`)).json(); }
  console.log(url, job.state, job.error, job.artifacts.map((a: any) => [a.bytes, a.sha256.slice(0, 8)]), job.attempt, Math.round(performance.now() - t));
  const file = job.artifacts[0] && await fetch(api.url + job.artifacts[0].url); console.log(file?.status, (await file?.arrayBuffer())?.byteLength);
}
console.log(await (await fetch(api.url + "/health/detailed")).text());
console.log(worker.output().slice(-1500));
console.log(await worker.end("SIGTERM"), await api.end("SIGTERM"));
