import { canonicalJson } from "../fingerprint.ts";
import type { NewJob } from "../jobs.ts";
import { DownloadRequest } from "../request.ts";
import { storableText, storedCopy } from "./storable.ts";

/** The stored data of the first job under an idempotency key. */
interface Earlier {
  readonly fingerprint: string | null;
  readonly request: unknown;
}

// The first versions stored only a digest, of the request with the defaults of that version.
const firstForm = /^[0-9a-f]{64}$/;

/** Whether a request under a used key equals the first one. */
export function isSameRequest(earlier: Earlier, { idempotency, request }: NewJob): boolean {
  if (earlier.fingerprint === storableText(idempotency?.fingerprint ?? "")) return true;
  if (earlier.fingerprint === null || !firstForm.test(earlier.fingerprint)) return false;
  // That digest cannot be made again once the schema has another default, but the request itself was kept.
  const read = DownloadRequest.safeParse(earlier.request);
  return read.success && canonicalJson(storedCopy(read.data)) === canonicalJson(storedCopy(request));
}
