import { contentDisposition } from "@vidferry/core";
import type { Context } from "hono";
import type { AppEnv } from "../../app-env.ts";
import type { RouteDeps } from "../../dependencies.ts";
import { endWithKey } from "../../http/limit-streams.ts";
import { unbuffered } from "../../http/unbuffered.ts";
import { createZip, type ZipEntry } from "./zip.ts";

/** What is sent as one archive. */
export interface ZipToServe {
  readonly entries: readonly [ZipEntry, ...ZipEntry[]];
  /** Its name, without the ending. */
  readonly name: string;
  /** What the log calls it by. */
  readonly subject: { readonly jobId: string } | { readonly batchId: string };
}

/** Answers with a ZIP archive that is made while it is sent. Rejects, before anything is sent, when the first file is not there. */
export async function serveZip(
  c: Context<AppEnv>,
  { logger }: Pick<RouteDeps, "logger">,
  { entries: [first, ...others], name, subject }: ZipToServe,
): Promise<Response> {
  // Before the head is sent: whether the files are still there shows with the first of them.
  const opened = await first.open();
  const { bytes, body } = createZip([{ ...first, open: async () => opened }, ...others], (error) =>
    logger.warn("an archive was cut off", { ...subject, requestId: c.get("requestId"), error }),
  );
  const headers = {
    ...unbuffered,
    "content-type": "application/zip",
    "content-length": String(bytes),
    "content-disposition": contentDisposition(`${name}.zip`),
    "cache-control": "private, no-store",
    "content-security-policy": "sandbox; default-src 'none'",
  };
  if (c.req.method === "HEAD") {
    await opened.cancel();
    return new Response(null, { status: 200, headers });
  }
  endWithKey(c);
  return new Response(body, { status: 200, headers });
}
