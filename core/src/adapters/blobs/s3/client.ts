import { S3Client } from "@aws-sdk/client-s3";
import type { S3Location } from "./storage-url.ts";

/** A pair of keys, with a token when they are temporary. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Timeouts of single requests. */
export interface S3Timeouts {
  /** Milliseconds to connect. Default: 5,000. */
  readonly connectMs?: number;
  /** Milliseconds until the answer begins, the sending of a part included. Default: 300,000: 8 MiB at 0.25 Mbit/s. */
  readonly requestMs?: number;
  /** Milliseconds a connection may be silent. Default: 60,000. */
  readonly idleMs?: number;
}

/**
 * A client for a location. Requests are tried four times with backoff where that may help (connection lost,
 * 5xx, SlowDown).
 */
export function createS3Client(
  location: S3Location,
  endpoint: string | undefined,
  credentials: S3Credentials | undefined,
  timeouts: S3Timeouts = {},
): S3Client {
  const region = location.region ?? (endpoint === undefined ? undefined : "us-east-1");
  return new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    // Stores other than AWS may not support the checksums that the client adds by default.
    ...(endpoint === undefined
      ? {}
      : { endpoint, requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" }),
    forcePathStyle: location.pathStyle ?? endpoint !== undefined,
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: timeouts.connectMs ?? 5_000,
      requestTimeout: timeouts.requestMs ?? 300_000,
      throwOnRequestTimeout: true,
      socketTimeout: timeouts.idleMs ?? 60_000,
    },
  });
}
