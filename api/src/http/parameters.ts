import { z } from "@hono/zod-openapi";
import { AppError, type ArtifactId, isId, type JobId } from "@vidferry/core";

const exampleJob = "job_0199f3a2c4d87b1e9a5d6c3f20417e88";
const exampleArtifact = "art_0199f3a2d1f07c44b1c8a90be2d7f6a3";

const jobId = z.string().openapi({ description: "The job's id.", example: exampleJob });

/** `{id}` in a path. Its form is checked by {@link jobIdOf}: a text that can be no id is `not_found`, like any other id. */
export const JobPath = z.object({ id: jobId });

/** `{id}` and `{artifactId}` in a path. */
export const FilePath = z.object({
  id: jobId,
  artifactId: z.string().openapi({ description: "The artifact's id.", example: exampleArtifact }),
});

/** The `id` of an event, as a client sends it back to resume. Opaque here: the event log interprets it. */
export const EventId = z.string().regex(/^[\x21-\x7e]{1,100}$/, "the `id` of an event, as it was received");

/**
 * For operations that change something and take no query parameters: each one that is sent is refused by name. Reading takes
 * any: browsers, caches and mail programs add their own (`_`, `utm_source`).
 */
export const noQuery = z.strictObject({});

/** The job id in a path. Throws `not_found`. */
export function jobIdOf(text: string): JobId {
  if (!isId("job", text)) throw new AppError("not_found", "There is no such job.");
  return text;
}

/** The artifact id in a path. Throws `not_found`. */
export function artifactIdOf(text: string): ArtifactId {
  if (!isId("art", text)) throw new AppError("not_found", "The job has no such file.");
  return text;
}
