import type { JobResource } from "../../core/src/index.ts";
import { type Random, weighted } from "../chaos/random.ts";

/** Where the requests go, and with what. */
export interface LoadTarget {
  /** Address of the API, without a path. */
  readonly url: string;
  /** An API key that may do everything with jobs of its owner. */
  readonly key: string;
  /** A link for the job with this number. */
  link(number: number): string;
  /** A link that can be probed. */
  readonly probeLink: string;
}

/** An answer, read to its end, and whether it is one that the profile expects. */
export interface Answer {
  readonly status: number;
  /** Why it is not as it has to be; null: it is. */
  readonly fault: string | null;
}

/** A kind of request, drawn by its weight. */
export interface LoadKind {
  readonly name: string;
  readonly weight: number;
  send(): Promise<Answer>;
}

/** Newest jobs that requests choose from; older ones are deleted. */
const kept = 200;
const inBulk = 20;
const readyOutOf = 50;

/** The mixed profile: each kind with the statuses that it may have. */
export function createProfile(target: LoadTarget, random: Random): { draw(): LoadKind } {
  const ids: string[] = [];
  let count = 0;
  const call = (method: string, path: string, init: RequestInit = {}) =>
    fetch(`${target.url}/api/v1${path}`, {
      ...init,
      method,
      headers: {
        "x-api-key": target.key,
        ...(init.body ? { "content-type": "application/json" } : {}),
        ...(init.headers as Record<string, string> | undefined),
      },
    });
  const create = (headers: Record<string, string>, number: number) =>
    call("POST", "/downloads", {
      headers,
      body: JSON.stringify({ url: target.link(number), labels: { run: "load", part: String(number % 10) } }),
    });
  const remember = (id: string) => void ids.push(id);
  const anyId = () => random.pick(ids);

  const kinds: readonly LoadKind[] = [
    {
      name: "create",
      weight: 15,
      send: async () => {
        const answer = await create({}, ++count);
        return expectJob(answer, [202], remember);
      },
    },
    {
      name: "create twice, one key",
      weight: 5,
      send: async () => {
        const number = ++count;
        const headers = { "idempotency-key": crypto.randomUUID() };
        let first = "";
        const made = await expectJob(await create(headers, number), [202], (id) => {
          first = id;
        });
        if (made.fault !== null) return made;
        remember(first);
        let second = "";
        const again = await expectJob(await create(headers, number), [200, 202], (id) => {
          second = id;
        });
        return again.fault === null && first !== second ? { ...again, fault: "one key made two jobs" } : again;
      },
    },
    // Some are deleted while they are asked for.
    { name: "read", weight: 30, send: async () => expectBody(await call("GET", `/downloads/${anyId()}`), [200, 404]) },
    {
      name: "list",
      weight: 15,
      send: async () => {
        const filters = ["limit=50", "state=succeeded", "labels=part:3", "q=light", "state=failed&limit=5"];
        return expectBody(await call("GET", `/downloads?${random.pick(filters)}`), [200]);
      },
    },
    { name: "counts", weight: 5, send: async () => expectBody(await call("GET", "/downloads/counts"), [200]) },
    {
      name: "follow",
      weight: 8,
      send: async () => {
        const answer = await call("GET", `/downloads/${ids.at(-1) ?? ""}/events`);
        return expectBody(answer, [200, 204, 404], (text) =>
          answer.status === 200 && !text.includes("event: ") ? "a stream without an event" : null,
        );
      },
    },
    {
      name: "file, a range",
      weight: 10,
      send: async () => {
        const path = await readyFile();
        if (typeof path !== "string") return path;
        const answer = await call("GET", path, { headers: { range: "bytes=1000-4999" } });
        // Those that were deleted meanwhile are gone.
        return expectBody(answer, [206, 404, 410], (text) =>
          answer.status === 206 && text.length !== 4_000 ? `${text.length} bytes of 4000` : null,
        );
      },
    },
    {
      name: "file, whole",
      weight: 4,
      send: async () => {
        const path = await readyFile();
        if (typeof path !== "string") return path;
        const answer = await call("GET", path);
        const length = Number(answer.headers.get("content-length"));
        return expectBody(answer, [200, 404, 410], (text) =>
          answer.status === 200 && text.length !== length ? `${text.length} bytes of ${length}` : null,
        );
      },
    },
    {
      name: "probe",
      weight: 1,
      send: async () =>
        expectBody(await call("POST", "/probe", { body: JSON.stringify({ url: target.probeLink }) }), [200]),
    },
    {
      name: "wrong key",
      weight: 4,
      send: async () => {
        const answer = await call("GET", "/downloads", { headers: { "x-api-key": `vf_${crypto.randomUUID()}` } });
        return expectBody(answer, [401, 429]);
      },
    },
    {
      name: "unknown job",
      weight: 2,
      send: async () => expectBody(await call("GET", `/downloads/job_${"0".repeat(32)}`), [404]),
    },
    {
      name: "bulk delete",
      weight: 1,
      send: async () => {
        const old = ids.splice(0, Math.max(1, Math.min(inBulk, ids.length - kept)));
        const body = JSON.stringify({ action: "delete", ids: old });
        return expectBody(await call("POST", "/downloads/bulk", { body }), [200]);
      },
    },
  ];
  return {
    draw: () => (ids.length === 0 ? (kinds[0] as LoadKind) : weighted(random, kinds)),
  };

  /** The path of a file of a recent job, or the answer that led to none. */
  async function readyFile(): Promise<string | Answer> {
    const listed = await call("GET", `/downloads?state=succeeded&limit=${readyOutOf}&labels=run:load`);
    let paths: string[] = [];
    const answer = await expectBody(listed, [200], (text) => {
      if (listed.status !== 200) return null;
      const { data } = JSON.parse(text) as { readonly data: readonly JobResource[] };
      paths = data.flatMap((job) => job.artifacts.map(({ id }) => `/downloads/${job.id}/files/${id}?proxy=1`));
      return null;
    });
    return paths.length === 0 ? answer : random.pick(paths);
  }
}

async function expectJob(answer: Response, statuses: readonly number[], onId: (id: string) => void): Promise<Answer> {
  return expectBody(answer, statuses, (text) => {
    if (!statuses.includes(answer.status)) return null;
    const { id } = JSON.parse(text) as { readonly id?: string };
    if (id === undefined) return "a job without an id";
    onId(id);
    return null;
  });
}

/** Reads the answer to its end, a character for each byte. */
async function expectBody(
  answer: Response,
  statuses: readonly number[],
  check: (text: string) => string | null = () => null,
): Promise<Answer> {
  const text = Buffer.from(await answer.arrayBuffer()).toString("latin1");
  const { status } = answer;
  if (!statuses.includes(status)) return { status, fault: `${status} ${text.slice(0, 200)}` };
  return { status, fault: check(text) };
}
