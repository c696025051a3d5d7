import { z } from "@hono/zod-openapi";
import { BatchRequest, DownloadRequest, endOfTime, ScheduleResource, type WorkEdit } from "@vidferry/core";

const name = z.string().trim().min(1).max(200).openapi({ description: "For people; also the title of its feed." });

const runAt = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((text) => Date.parse(text) < endOfTime, "a time before the year 9999")
  .openapi({ description: "Runs once, at this time.", example: "2027-01-01T08:00:00Z" });

const cron = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .openapi({
    description:
      "Runs whenever this pattern says: minute, hour, day of the month, month, day of the week; with a field for seconds in front " +
      "of them there are six. Or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.",
    example: "0 6 * * 1-5",
  });

const timeZone = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .openapi({
    description:
      "Whose clocks the pattern is read by, as an IANA name. An hour that they skip is made up for at its end; of one that comes " +
      "twice the first counts.",
    example: "Europe/Berlin",
  });

const onlyNew = z.boolean().openapi({
  description:
    "Of the list of `batch.source` only what this schedule has not taken before, whatever became of it; the default for lists. A " +
    "limit counts what was taken too.",
});

const oneOf = "one of `runAt` and `cron` is needed";

export const CreateSchedule = z
  .strictObject({
    name,
    runAt: runAt.optional(),
    cron: cron.optional(),
    timeZone: timeZone.default("UTC"),
    download: DownloadRequest.optional(),
    batch: BatchRequest.optional(),
    onlyNew: onlyNew.optional(),
  })
  .superRefine((value, context) => {
    if (value.runAt === undefined && value.cron === undefined) {
      context.addIssue({ code: "custom", path: ["cron"], message: oneOf });
    }
    refuseBoth(value, context);
  })
  .meta({
    oneOf: [
      { required: ["runAt", "download"] },
      { required: ["runAt", "batch"] },
      { required: ["cron", "download"] },
      { required: ["cron", "batch"] },
    ],
  })
  .openapi("CreateSchedule");

export const ChangeSchedule = z
  .strictObject({
    name: name.optional(),
    runAt: runAt.optional(),
    cron: cron.optional(),
    timeZone: timeZone.optional(),
    download: DownloadRequest.optional(),
    batch: BatchRequest.optional(),
    onlyNew: onlyNew.optional(),
  })
  .superRefine(refuseBoth)
  .meta({
    not: {
      anyOf: [
        { properties: { runAt: {}, cron: {} }, required: ["runAt", "cron"] },
        { properties: { download: {}, batch: {} }, required: ["download", "batch"] },
      ],
    },
  })
  .openapi("ChangeSchedule");

function refuseBoth(
  { runAt: once, cron: pattern }: { readonly runAt?: string | undefined; readonly cron?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (once !== undefined && pattern !== undefined) {
    context.addIssue({ code: "custom", path: ["runAt"], message: `does not go with \`cron\`: ${oneOf}` });
  }
}

export const SchedulePage = z
  .object({ data: z.array(ScheduleResource), nextCursor: z.string().nullable() })
  .openapi("SchedulePage");

/** What a schedule does, without the fields that are absent. */
export function workOf({
  download,
  batch,
  onlyNew: isOnlyNew,
}: Pick<z.infer<typeof ChangeSchedule>, "download" | "batch" | "onlyNew">): WorkEdit {
  return {
    ...(download !== undefined && { download }),
    ...(batch !== undefined && { batch }),
    ...(isOnlyNew !== undefined && { onlyNew: isOnlyNew }),
  };
}
