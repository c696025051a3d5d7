import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { eventually, tempDir } from "@vidferry/testing";
import { testS3Credentials } from "@vidferry/testing/services";
import type { Fleet } from "../../cli/e2e/fleet/fleet.ts";
import { startRole } from "../../cli/e2e/fleet/role-process.ts";
import type { ChaosServers } from "./servers.ts";
import { type Finding, finding } from "./verdict.ts";

/** Other tenants of the fleet's bucket and disk: neither side may delete anything of the other. */
export interface Neighbours extends AsyncDisposable {
  /** Waits until the other deployment, if any, has swept the bucket, stops it, and checks that every foreign object is unchanged. */
  check(): Promise<Finding[]>;
}

/** Objects of other applications in the bucket: some below the service's prefix, none with a key of its form. */
const foreign = [
  "backups/2026/db.tar",
  "results/notes.txt",
  "results/jobs/nightly/1/db.tar",
  "results/jobs/job_0/1/art_0.mp4",
];

/** Whether an object is not a result of the fleet: of another application, or the mark of the deployment. */
export const isForeign = (key: string): boolean => foreign.includes(key) || key.endsWith("/.vidferry-deployment");

/**
 * Puts foreign objects and unfinished uploads into the bucket; with a machine, starts a second deployment on the same bucket, prefix
 * and work folder as the fleet, with an empty database of its own, that sweeps as often as the fleet does and may delete all.
 */
export async function startNeighbours(
  servers: ChaosServers,
  fleet: Fleet,
  machine: string | null,
): Promise<Neighbours> {
  const bucket = `${servers.s3Endpoint}/${new URL(servers.storageUrl).hostname}`;
  for (const key of foreign) {
    await ask(`${bucket}/${key}`, { method: "PUT", body: `of ${key}` });
    const begun = await ask(`${bucket}/${key}?uploads`, { method: "POST" });
    const [id = ""] = valuesOf("UploadId", begun);
    await ask(`${bucket}/${key}?partNumber=1&uploadId=${id}`, { method: "PUT", body: "half" });
  }
  /** Every foreign thing, with what tells it from another of the same name. */
  const inventory = async (): Promise<readonly string[]> => {
    const uploads = await ask(`${bucket}?uploads`);
    const ids = valuesOf("UploadId", uploads);
    const objects = await Promise.all(foreign.map(async (key) => `${key}: ${await ask(`${bucket}/${key}`)}`));
    return [...objects, ...valuesOf("Key", uploads).map((key, index) => `upload ${ids[index]} of ${key}`)].filter(
      (entry) => foreign.some((key) => entry.startsWith(key) || entry.endsWith(key)),
    );
  };
  const before = await inventory();

  const other = machine === null ? null : await startSecond(servers, fleet, machine);
  return {
    check: async () => {
      const said = (await other?.check()) ?? [];
      const after = await inventory();
      const lost = before.filter((entry) => !after.includes(entry));
      return [
        finding(
          "no object and no upload of another application was touched",
          lost,
          `${lost.length} of ${before.length} touched`,
        ),
        ...said,
      ];
    },
    [Symbol.asyncDispose]: async () => other?.[Symbol.asyncDispose](),
  };
}

async function startSecond(servers: ChaosServers, fleet: Fleet, machine: string): Promise<Neighbours> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await tempDir("vidferry-neighbour"));
  await mkdir(join(home.path, "data"));
  const other = stack.use(
    await startRole("serve", {
      cwd: home.path,
      env: {
        ...fleet.env,
        HOME: home.path,
        TMPDIR: home.path,
        DATABASE_URL: `sqlite:${home.path}/data/vidferry.db`,
        REDIS_URL: "",
        AUTH: "off",
        STORAGE_URL: servers.storageUrl,
        WORK_DIR: join(fleet.home, machine),
        MACHINE_NAME: machine,
        ORPHAN_MAX_SHARE: "1",
        LOG_LEVEL: "warn",
      },
    }),
  );
  const health = async (): Promise<string> => (await fetch(`${other.url}/health/detailed`)).text();
  const owned = stack.move();
  return {
    check: async () => {
      const places = ["STORAGE_URL", "WORK_DIR"];
      const saysSo = await eventually(
        async () => {
          const text = await health();
          return places.every((name) => text.includes(`Give each deployment a ${name} of its own`));
        },
        // A look at the health is work for all its parts.
        { timeoutMs: 180_000, intervalMs: 1_000, message: "a second deployment that says whose the storage is" },
      ).catch(() => false);
      await other.end("SIGTERM");
      return [
        finding(
          "a second deployment on the same bucket and work folder says that they are not its own",
          saysSo ? [] : [`its log ends with: ${other.output().slice(-500)}`],
          saysSo ? "it does" : "it does not",
        ),
      ];
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function ask(url: string, init: RequestInit = {}): Promise<string> {
  // The server requires a signature for some requests but does not verify it.
  const headers = { authorization: `AWS ${testS3Credentials.accessKeyId}:unsigned` };
  const answer = await fetch(url, { ...init, headers });
  if (!answer.ok) throw new Error(`${init.method ?? "GET"} ${url}: ${answer.status} ${await answer.text()}`);
  return await answer.text();
}

/** The texts of the elements of this name, in order. */
function valuesOf(element: string, xml: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map(([, text = ""]) => text);
}
