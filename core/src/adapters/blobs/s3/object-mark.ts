import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { DeploymentMark } from "../../../library/deployment-mark.ts";
import { absent, refusedCondition, s3Error } from "./s3-error.ts";

/** A mark that is a small object. */
export function objectMark(
  client: S3Client,
  target: { readonly Bucket: string; readonly Key: string },
): DeploymentMark {
  const translate = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw s3Error(error, doing, target.Bucket);
    }
  };
  const read = async (): Promise<string | null> => {
    const answer = await client.send(new GetObjectCommand(target)).catch(absent);
    return answer === null ? null : ((await answer.Body?.transformToString()) ?? "").trim();
  };
  const write = (text: string, condition: { readonly IfNoneMatch?: "*" }) =>
    client.send(new PutObjectCommand({ ...target, Body: text, ContentType: "text/plain", ...condition }));
  return {
    read: () => translate("Reading the mark of the deployment", read),
    claim: (id) =>
      translate("Writing the mark of the deployment", async () => {
        const before = await read();
        if (before !== null) return before;
        // Without conditional writes two claims may succeed; both then read the later one at their next check.
        await write(id, { IfNoneMatch: "*" }).catch(async (error: unknown) => {
          const refused = refusedCondition(error);
          if (refused === null) throw error;
          if (refused === "unknown") await write(id, {});
        });
        return (await read()) ?? id;
      }),
    replace: (id) => translate("Writing the mark of the deployment", async () => void (await write(id, {}))),
  };
}
