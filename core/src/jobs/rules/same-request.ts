import { canonicalJson } from "../fingerprint.ts";
import type { NewJob } from "../jobs.ts";
import { DownloadRequest } from "../request.ts";
import { storableText, storedCopy } from "./storable.ts";

/** What is kept of the job that came first under an idempotency key. */
interface Earlier {
  readonly fingerprint: string | null;
  readonly request: unknown;
}

// The first versions stored the digest alone, of the request with the defaults of that day.
const firstForm = /^[0-9a-f]{64}$/;

/** Whether a job that comes under a used key asks for the same as the one that came first. */
export function isSameRequest(earlier: Earlier, { idempotency, request }: NewJob): boolean {
  if (earlier.fingerprint === storableText(idempotency?.fingerprint ?? "")) return true;
  if (earlier.fingerprint === null || !firstForm.test(earlier.fingerprint)) return false;
  // That digest cannot be made again once the schema has another default, but the request itself was kept.
  const read = DownloadRequest.safeParse(earlier.request);
  return read.success && canonicalJson(storedCopy(read.data)) === canonicalJson(storedCopy(request));
}
