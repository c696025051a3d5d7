import { AppError } from "../../errors/app-error.ts";
import type { Priority } from "../../jobs/request-values.ts";

/** Where the queues are: one for each lane, whose addresses differ in the end of their names. */
export interface QueueLocation {
  readonly urls: Readonly<Record<Priority, string>>;
  readonly endpoint: string;
  /** Absent: the environment's (`AWS_REGION`). */
  readonly region?: string;
}

const nameShape = /^[A-Za-z0-9_-]{1,75}$/;

/**
 * Reads `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`, or the address of a compatible server with `?region=…`. NAME is the queue
 * of the lane `normal`; `NAME-high` and `NAME-low` stand beside it. Credentials do not belong in it.
 * @throws AppError `invalid_request` that says what is wrong.
 */
export function parseQueueUrl(text: string): QueueLocation {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw refused("must look like https://sqs.eu-west-1.amazonaws.com/123456789012/vidferry");
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw refused("holds no credentials; they belong in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role");
  }
  const unknown = [...url.searchParams.keys()].find((name) => name !== "region");
  if (unknown !== undefined) throw refused(`has the unknown parameter "${unknown}"; known is region`);
  const [account = "", name = "", ...rest] = url.pathname.split("/").slice(1);
  if (name.endsWith(".fifo")) throw refused("names a FIFO queue; Vidferry needs standard queues");
  if (account === "" || rest.length > 0 || !nameShape.test(name)) {
    throw refused("must end with an account and the name of a queue, as in /123456789012/vidferry");
  }
  const base = `${url.origin}/${account}/${name}`;
  const region = url.searchParams.get("region") ?? regionOf(url.hostname);
  return {
    urls: { high: `${base}-high`, normal: base, low: `${base}-low` },
    endpoint: url.origin,
    ...(region === undefined ? {} : { region }),
  };
}

/** The region that is in the name of a host of AWS; other servers accept any. */
function regionOf(host: string): string | undefined {
  if (!/(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$/.test(host)) return "us-east-1";
  return /(?:^|\.)([a-z]{2,3}(?:-[a-z]+)+-\d)\./.exec(host)?.[1];
}

function refused(what: string): AppError {
  return new AppError("invalid_request", `The address of the queue ${what}`);
}
