import { type Artifact, contentDisposition } from "@vidferry/core";
import type { SelectedRange } from "../../http/byte-range.ts";
import { unbuffered } from "../../http/unbuffered.ts";

/** The tag of a file: of its content, so the same bytes have the same. */
export const fileTagOf = (artifact: Artifact): string => `"${artifact.sha256}"`;

/** Headers of the file, whatever part of it is sent. */
export function fileHeaders(artifact: Artifact): Record<string, string> {
  return {
    "content-type": artifact.contentType,
    "content-disposition": contentDisposition(artifact.fileName),
    "accept-ranges": "bytes",
    etag: fileTagOf(artifact),
    // The bytes under an id never change, but every request must be authorized: caches revalidate.
    "cache-control": "private, no-cache",
    // Downloaded content is untrusted: if it is HTML or SVG, its scripts must not run in this origin.
    "content-security-policy": "sandbox; default-src 'none'",
  };
}

/** Headers of what is sent of the file: all of it, or a range. */
export function partHeaders(artifact: Artifact, range: SelectedRange | null): Record<string, string> {
  if (range === null) return { ...unbuffered, "content-length": String(artifact.bytes) };
  return {
    ...unbuffered,
    "content-length": String(range.end - range.start + 1),
    "content-range": `bytes ${range.start}-${range.end}/${artifact.bytes}`,
  };
}

const described = (description: string, example: string) => ({
  schema: { type: "string" as const, example },
  description,
  required: true,
});

const length = {
  schema: { type: "integer" as const, minimum: 0, example: 1_048_576 },
  description: "Bytes of this answer. Fewer that arrive mean that the transfer was cut off.",
  required: true,
};
const disposition = described(
  "`attachment`, with the real title as the name (RFC 6266): `filename*` has it whole where it is not ASCII.",
  "attachment; filename=\"Cafe.mp4\"; filename*=UTF-8''Caf%C3%A9.mp4",
);
const ofFile = {
  ETag: described("The SHA-256 of the file; the bytes under an id never change.", `"${"9f86d081".repeat(8)}"`),
  "Accept-Ranges": described("Ranges are served, in bytes.", "bytes"),
  "Content-Disposition": disposition,
};

/** What the answers of a file carry, for the description of an operation. */
export const describedFileHeaders = {
  whole: { ...ofFile, "Content-Length": length },
  part: {
    ...ofFile,
    "Content-Length": length,
    "Content-Range": described("Which bytes these are, and of how many.", "bytes 0-1048575/31457280"),
  },
  elsewhere: { Location: described("Where the storage serves the file.", "https://storage.example/file?signature=x") },
  unchanged: ofFile,
  archive: { "Content-Disposition": disposition, "Content-Length": length },
} as const;
