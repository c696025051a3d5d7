import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl as signForCloudFront } from "@aws-sdk/cloudfront-signer";
import { getSignedUrl as signForS3 } from "@aws-sdk/s3-request-presigner";
import type { LinkOptions } from "../../../library/blob-store.ts";
import { contentDisposition } from "../../../library/content-disposition.ts";

/** A CloudFront distribution in front of the bucket, with signed URLs. */
export interface S3Cdn {
  /** Its address, `https://d111111abcdef8.cloudfront.net`; a path is put in front of the key. */
  readonly url: string;
  /** Of the public key in the distribution's trusted key group. */
  readonly keyPairId: string;
  /** PEM. */
  readonly privateKey: string;
}

// What signature version 4 allows: seven days.
const longestSeconds = 604_800;

/** A GET that S3 itself accepts until it expires, giving the file its real name and type. */
export function s3Link(client: S3Client, bucket: string, key: string, options: LinkOptions): Promise<string> {
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ResponseContentDisposition: contentDisposition(options.fileName),
    ResponseContentType: options.contentType,
  });
  const expiresIn = Math.min(longestSeconds, Math.max(1, Math.floor(options.expiresInSeconds)));
  return signForS3(client, command, { expiresIn });
}

/**
 * The same through CloudFront. For name and type its cache policy must pass the query parameters
 * `response-content-disposition` and `response-content-type` on to the bucket.
 */
export function cdnLink(cdn: S3Cdn, key: string, options: LinkOptions): string {
  const url = new URL(`${cdn.url.replace(/\/+$/, "")}/${key}`);
  url.searchParams.set("response-content-disposition", contentDisposition(options.fileName));
  url.searchParams.set("response-content-type", options.contentType);
  return signForCloudFront({
    // Spaces as %20: S3 takes a plus sign for a plus sign.
    url: url.href.replaceAll("+", "%20"),
    keyPairId: cdn.keyPairId,
    privateKey: cdn.privateKey,
    dateLessThan: new Date(Date.now() + options.expiresInSeconds * 1000),
  });
}
