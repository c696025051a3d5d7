import { randomUUID } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { AppError } from "../../../errors/app-error.ts";
import { assertBlobKey, assertBlobPrefix, isBlobKey } from "../../../library/blob-key.ts";
import type { BlobStore } from "../../../library/blob-store.ts";
import { spanOf } from "../../../library/byte-range.ts";
import { createS3Client, type S3Credentials, type S3Timeouts } from "./client.ts";
import { lengthOf, openObject } from "./download.ts";
import { cdnLink, type S3Cdn, s3Link } from "./link.ts";
import { objects, unfinishedUploads } from "./lists.ts";
import { objectMark } from "./object-mark.ts";
import { absent, s3Error } from "./s3-error.ts";
import { openSource } from "./source.ts";
import { parseStorageUrl, type S3Location } from "./storage-url.ts";
import { upload } from "./upload.ts";

/** What {@link s3Blobs} needs besides the location. */
export interface S3Access {
  /** Default: the AWS chain: environment, shared files, the machine's or the container's role. */
  readonly credentials?: S3Credentials;
  /** Makes links through CloudFront instead of S3. */
  readonly cdn?: S3Cdn;
  readonly timeouts?: S3Timeouts;
}

/** A location, given by its parts or as a storage URL, and the credentials for it. */
export type S3BlobsOptions = S3Access & (S3Location | { readonly url: string });

const parallelDeletes = 8;

/**
 * Keeps blobs as objects of a bucket of S3 or of a store that speaks its protocol. A put holds at most four
 * parts of 8 MiB (larger only for files above 70 GiB). Objects with foreign keys are not listed. Close it to free its connections.
 */
export function s3Blobs(options: S3BlobsOptions): BlobStore {
  const location = "url" in options ? parseStorageUrl(options.url) : options;
  const { bucket, prefix = "" } = location;
  assertBlobPrefix(prefix);
  const client = createS3Client(location, location.endpoint, options.credentials, options.timeouts);
  const linkClient =
    location.publicEndpoint === undefined
      ? client
      : createS3Client(location, location.publicEndpoint, options.credentials, options.timeouts);
  const objectKey = (key: string): string => {
    assertBlobKey(key);
    return prefix + key;
  };
  const translate = async <T>(doing: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> => {
    try {
      signal?.throwIfAborted();
      return await work();
    } catch (error) {
      throw signal?.aborted ? signal.reason : s3Error(error, doing, bucket);
    }
  };
  const remove = async (objectKeys: readonly string[]): Promise<void> => {
    // One request a key: some stores lack the request for many at once, or the checksum that it needs.
    for (let index = 0; index < objectKeys.length; index += parallelDeletes) {
      const some = objectKeys.slice(index, index + parallelDeletes);
      await Promise.all(some.map((Key) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key })).catch(absent)));
    }
  };

  return {
    // A dot in front keeps it out of lists.
    mark: objectMark(client, { Bucket: bucket, Key: `${prefix}.vidferry-deployment` }),

    put: async (key, source, putOptions) => {
      const Key = objectKey(key);
      return translate("Storing a file", putOptions.signal, async () =>
        upload(client, { Bucket: bucket, Key }, await openSource(source), putOptions),
      );
    },

    open: async (key, range, signal) => {
      const Key = objectKey(key);
      // Refuses ranges that are invalid for any size; the response decides about the others.
      if (range !== undefined) spanOf(range, Number.MAX_SAFE_INTEGER);
      return openObject(client, { Bucket: bucket, Key }, key, range, signal);
    },

    stat: async (key) => {
      const Key = objectKey(key);
      return translate("Looking at a stored file", undefined, async () => {
        const answer = await client.send(new HeadObjectCommand({ Bucket: bucket, Key })).catch(absent);
        if (answer === null) return null;
        return { key, bytes: lengthOf(answer.ContentLength), modifiedAt: answer.LastModified ?? new Date() };
      });
    },

    remove: async (keys) => {
      const objectKeys = keys.map(objectKey);
      await translate("Deleting stored files", undefined, () => remove(objectKeys));
    },

    async *list(below) {
      assertBlobPrefix(below);
      try {
        for await (const { Key = "", Size = 0, LastModified = new Date() } of objects(client, bucket, prefix + below)) {
          const key = Key.slice(prefix.length);
          if (isBlobKey(key)) yield { key, bytes: Size, modifiedAt: LastModified };
        }
      } catch (error) {
        throw s3Error(error, "Listing the stored files", bucket);
      }
    },

    async *listUploads(below) {
      assertBlobPrefix(below);
      try {
        for await (const { Key = "", UploadId, Initiated } of unfinishedUploads(client, bucket, prefix + below)) {
          const key = Key.slice(prefix.length);
          // Not every store honours the prefix.
          if (!Key.startsWith(prefix + below) || !isBlobKey(key) || UploadId === undefined) continue;
          yield { key, id: UploadId, modifiedAt: Initiated ?? new Date() };
        }
      } catch (error) {
        throw s3Error(error, "Listing unfinished uploads", bucket);
      }
    },

    abortUpload: async ({ key, id }) => {
      if (key === null) return;
      const Key = objectKey(key);
      await translate("Ending an unfinished upload", undefined, () =>
        client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId: id })).catch(absent),
      );
    },

    link: async (key, linkOptions) => {
      const Key = objectKey(key);
      return translate("Making a link", undefined, async () =>
        options.cdn === undefined
          ? s3Link(linkClient, bucket, Key, linkOptions)
          : cdnLink(options.cdn, Key, linkOptions),
      );
    },

    check: (signal) =>
      translate("Checking the storage", signal, async () => {
        // A dot in front keeps it out of lists.
        const target = { Bucket: bucket, Key: `${prefix}.check/${randomUUID()}` };
        const abort = signal === undefined ? {} : { abortSignal: signal };
        try {
          await client.send(new PutObjectCommand({ ...target, Body: "vidferry" }), abort);
          const answer = await client.send(new GetObjectCommand(target), abort);
          if ((await answer.Body?.transformToString()) !== "vidferry") {
            throw new AppError("storage_error", "The storage gave back other bytes than were written");
          }
        } finally {
          await client.send(new DeleteObjectCommand(target)).catch(() => undefined);
        }
      }),

    close: async () => {
      client.destroy();
      linkClient.destroy();
    },
  };
}
