import { eventually } from "@vidferry/testing";
import type { Fleet } from "../../cli/e2e/fleet/fleet.ts";
import { processesIn } from "../../cli/e2e/processes.ts";
import { filesBelow } from "../../cli/e2e/scene.ts";
import { descendsFrom } from "./ancestry.ts";
import type { Crew } from "./crew.ts";
import type { FinalJob } from "./history.ts";
import type { ChaosServers } from "./servers.ts";
import { readBucket } from "./storage-checks.ts";
import { type Finding, finding } from "./verdict.ts";

/**
 * Waits until maintenance has run on the idle service, stops it, and lists the processes and files that are left.
 */
export async function checkLeftovers(
  parts: { readonly fleet: Fleet; readonly crew: Crew; readonly servers: ChaosServers },
  jobs: readonly FinalJob[],
  sweepMs: number,
): Promise<Finding[]> {
  const { fleet, crew, servers } = parts;
  const machines = servers.routes.map(({ name }) => `${fleet.home}/machine-${name}/jobs`);
  // Preloaded engines belong to their worker; a process in the work folder of a job belongs to an attempt.
  const ofAttempts = () => machines.flatMap((folder) => processesIn(folder));
  const orphans = () => {
    const roles = new Set(crew.members.flatMap(({ process }) => (process === null ? [] : [process.pid])));
    return processesIn(fleet.home).filter(({ pid }) => !descendsFrom(pid, roles));
  };
  await settle(() => ofAttempts().length === 0 && orphans().length === 0, 20_000);
  const lost = [...ofAttempts(), ...orphans()].map(describe);
  const leftFiles = async () => (await Promise.all(machines.map(filesBelow))).flat();
  const named = jobs.reduce((sum, job) => sum + job.artifacts.length, 0);
  await settle(async () => {
    const { objects, uploads } = await readBucket(servers);
    return objects.length === named && uploads === 0 && (await leftFiles()).length === 0;
  }, sweepMs);
  const left = await leftFiles();

  const exitCodes = await crew.stop();
  await settle(() => processesIn(fleet.home).length === 0, 10_000);
  const survivors = processesIn(fleet.home).map(describe);
  return [
    finding("no file left in a work folder", left, `${left.length}`),
    finding("no process of an attempt or of a dead worker left while the service idles", lost, `${lost.length}`),
    finding("no process left after the service has stopped", survivors, `${survivors.length}`),
    finding(
      "every process stops on SIGTERM",
      exitCodes.filter((code) => code !== 0).map((code) => `exit code ${code}`),
      `exit codes ${exitCodes.join(" ")}`,
    ),
  ];
}

const describe = ({ pid, command }: { readonly pid: number; readonly command: string }) =>
  `${pid} ${command}`.slice(0, 200);

/** Waits for a condition that is checked afterwards. */
async function settle(condition: () => boolean | Promise<boolean>, timeoutMs: number): Promise<void> {
  await eventually(condition, { timeoutMs, intervalMs: 250 }).catch(() => undefined);
}
