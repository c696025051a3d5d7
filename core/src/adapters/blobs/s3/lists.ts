import {
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type MultipartUpload,
  type _Object as ObjectEntry,
  type S3Client,
} from "@aws-sdk/client-s3";
import { AppError } from "../../../errors/app-error.ts";

/** The objects below a prefix, page by page. */
export async function* objects(client: S3Client, Bucket: string, Prefix: string): AsyncGenerator<ObjectEntry> {
  yield* pages(async (token?: string) => {
    const next = token === undefined ? {} : { ContinuationToken: token };
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ...next }));
    return { entries: page.Contents ?? [], more: page.IsTruncated === true, next: page.NextContinuationToken };
  });
}

/** The multipart uploads below a prefix that are neither completed nor aborted, page by page. */
export async function* unfinishedUploads(
  client: S3Client,
  Bucket: string,
  Prefix: string,
): AsyncGenerator<MultipartUpload> {
  yield* pages(async (marker?: string) => {
    const [KeyMarker, UploadIdMarker] = (marker ?? "").split("\n");
    const next = { ...(KeyMarker ? { KeyMarker } : {}), ...(UploadIdMarker ? { UploadIdMarker } : {}) };
    const page = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix, ...next }));
    const { NextKeyMarker, NextUploadIdMarker = "" } = page;
    return {
      entries: page.Uploads ?? [],
      more: page.IsTruncated === true,
      next: NextKeyMarker ? `${NextKeyMarker}\n${NextUploadIdMarker}` : undefined,
    };
  });
}

/**
 * The entries of all pages. A store that reports more pages without a token, or returns the token of the same page, would cause
 * an endless loop, or an incomplete list.
 */
async function* pages<T>(
  fetchPage: (
    place?: string,
  ) => Promise<{ readonly entries: readonly T[]; readonly more: boolean; readonly next: string | undefined }>,
): AsyncGenerator<T> {
  for (let place: string | undefined; ; ) {
    const { entries, more, next } = await fetchPage(place);
    yield* entries;
    if (!more) return;
    if (!next || next === place) {
      throw new AppError(
        "storage_error",
        "The storage says that its list goes on, and does not lead to the next page",
        {
          hint: "Update the storage service, or take one that pages its lists as S3 does.",
        },
      );
    }
    place = next;
  }
}
