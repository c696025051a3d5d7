import { z } from "zod";

export const ArtifactKind = z.enum(["video", "audio", "subtitle", "transcript", "thumbnail", "info"]);
export type ArtifactKind = z.infer<typeof ArtifactKind>;

/** A stored result file, as clients see it. Numbers are null where they do not apply to the kind. */
export const Artifact = z
  .object({
    id: z.string(),
    kind: ArtifactKind,
    fileName: z
      .string()
      .describe(
        "The name to save it under: the real title, or that of the template `fileName` with its folders (`/`), made safe.",
      ),
    contentType: z.string(),
    bytes: z.int(),
    sha256: z.string().describe("Hex digest of the whole file."),
    language: z.string().nullable(),
    automatic: z.boolean().nullable().describe("For subtitles: made by a machine."),
    width: z.int().nullable(),
    height: z.int().nullable(),
    fps: z.number().nullable(),
    videoCodec: z.string().nullable(),
    audioCodec: z.string().nullable(),
    durationSeconds: z.number().nullable(),
  })
  .meta({ id: "StoredArtifact" });
export type Artifact = z.infer<typeof Artifact>;

/** An artifact with the place its bytes are kept; the key never leaves the service. */
export interface StoredArtifact extends Artifact {
  /** Key in the blob store: `<job>/<attempt>/<artifact>.<ext>`. */
  readonly storageKey: string;
}
