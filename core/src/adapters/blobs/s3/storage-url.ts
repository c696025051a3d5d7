import { AppError } from "../../../errors/app-error.ts";
import { isBlobKey } from "../../../library/blob-key.ts";

/** A location in S3, or in a compatible store. */
export interface S3Location {
  readonly bucket: string;
  /** In front of every key; empty or ending in `/`. Default: empty. */
  readonly prefix?: string;
  /** Default: the environment's (`AWS_REGION`), with an `endpoint` `us-east-1`, which such stores accept or ignore. */
  readonly region?: string;
  /** Address of another store than AWS: MinIO, Garage, R2, Ceph … */
  readonly endpoint?: string;
  /** The address that clients of signed links use, where it differs from `endpoint` (for example outside a container network). */
  readonly publicEndpoint?: string;
  /** The bucket in the path instead of the host name. Default: with an `endpoint`. */
  readonly pathStyle?: boolean;
}

const parameters = ["region", "endpoint", "publicEndpoint", "pathStyle"];
const bucketShape = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/;

/**
 * Reads `s3://bucket/prefix?region=…&endpoint=…&publicEndpoint=…&pathStyle=true`. Only the bucket is needed.
 * Credentials do not belong in it: they come from the environment (`AWS_ACCESS_KEY_ID` …) or the machine's role.
 * @throws AppError `invalid_request` that says what is wrong.
 */
export function parseStorageUrl(text: string): S3Location {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== "s3:") throw refused("must look like s3://bucket/prefix?region=…");
  if (url.username !== "" || url.password !== "" || url.port !== "" || url.hash !== "") {
    throw refused("holds a bucket only; credentials belong in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  if (!bucketShape.test(url.hostname)) throw refused("names no valid bucket");
  const unknown = [...url.searchParams.keys()].find((name) => !parameters.includes(name));
  if (unknown !== undefined)
    throw refused(`has the unknown parameter "${unknown}"; known are ${parameters.join(", ")}`);
  const region = url.searchParams.get("region");
  const endpoint = addressOf(url, "endpoint");
  const publicEndpoint = addressOf(url, "publicEndpoint");
  const pathStyle = url.searchParams.get("pathStyle");
  if (pathStyle !== null && pathStyle !== "true" && pathStyle !== "false") throw refused("pathStyle is true or false");
  return {
    bucket: url.hostname,
    prefix: prefixOf(url.pathname),
    ...(region === null ? {} : { region }),
    ...(endpoint === null ? {} : { endpoint }),
    ...(publicEndpoint === null ? {} : { publicEndpoint }),
    ...(pathStyle === null ? {} : { pathStyle: pathStyle === "true" }),
  };
}

function prefixOf(path: string): string {
  const prefix = path.replace(/^\/+|\/+$/g, "");
  if (prefix === "") return "";
  if (!isBlobKey(prefix)) throw refused("has a prefix with other characters than letters, digits, _, -, . and /");
  return `${prefix}/`;
}

function addressOf(url: URL, name: string): string | null {
  const address = url.searchParams.get(name);
  if (address === null) return null;
  if (!/^https?:\/\/[^/@]+\/?$/.test(address) || !URL.canParse(address)) {
    throw refused(`needs ${name} like https://host:port`);
  }
  return address;
}

function refused(what: string): AppError {
  return new AppError("invalid_request", `The storage URL ${what}`);
}
