import { z } from "@hono/zod-openapi";
import {
  type BatchId,
  endOfTime,
  errorCodeNames,
  idPattern,
  type JobQuery,
  JobState,
  type ScheduleId,
} from "@vidferry/core";

/** What a list, its counts and a bulk change are narrowed by. */
export type JobFilter = Omit<JobQuery, "owner" | "after" | "limit">;

const labelName = /^label\.[A-Za-z0-9_.-]{1,63}$/;
// No job has more.
const mostLabels = 20;
/** Each of them more than once: clients put lists together. */
const mostStates = 20;
const mostCodes = 20;

/** `a,b` and repeated parameters, as one list. */
const toList = (value: unknown): unknown =>
  value === undefined
    ? undefined
    : [value].flat().flatMap((part) => (typeof part === "string" ? part.split(",") : [part]));

const time = z.iso
  .datetime({ offset: true, message: "a time such as `2026-11-01T00:00:00Z`" })
  .max(40)
  .refine((text) => Date.parse(text) < endOfTime, "a time before the year 9999");

const times = {
  createdAfter: time.optional().describe("Made at this time or later."),
  createdBefore: time.optional().describe("Made before this time."),
  finishedAfter: time.optional().describe("Ended at this time or later; the latest end then comes first."),
  finishedBefore: time.optional().describe("Ended before this time; the latest end then comes first."),
};

const batchId = z
  .string()
  .regex(idPattern("bat"), "an id such as `bat_` and 32 hexadecimal digits")
  .optional()
  .describe("Only the children of this batch.");
const scheduleId = z
  .string()
  .regex(idPattern("sch"), "an id such as `sch_` and 32 hexadecimal digits")
  .optional()
  .describe("Only what this schedule made.");

const listOf = (name: string, values: readonly string[], most: number, description: string, example: string[]) => ({
  type: "array" as const,
  maxItems: most,
  items: { type: "string" as const, enum: [...values] },
  description,
  example,
  param: { name, in: "query" as const, required: false, style: "form" as const, explode: true },
});

// The pattern tells what is refused when the spaces around are gone.
const text = z.string().trim().min(1).max(200).regex(/\S/);

/** The filter as query parameters; labels come beside them, see {@link labelParameters}. */
export const filterParameters = {
  state: z
    .preprocess(toList, z.array(JobState).min(1).max(mostStates).optional())
    .openapi(
      listOf("state", JobState.options, mostStates, "Only jobs in these states: repeated, or separated by commas.", [
        "queued",
        "running",
      ]),
    ),
  code: z
    .preprocess(toList, z.array(z.enum(errorCodeNames)).min(1).max(mostCodes).optional())
    .openapi(
      listOf("code", errorCodeNames, mostCodes, "Only jobs whose `error` has one of these codes.", ["bot_check"]),
    ),
  batchId,
  scheduleId,
  q: text.optional().openapi({ description: "Part of the URL or the title, any case." }),
  ...times,
};

const names = new Set([...Object.keys(filterParameters), "cursor", "limit"]);

/** Checks what is named by the client: labels. Other unknown parameters may be of a browser, a cache or a mailer. */
export function checkLabels(value: object, context: z.RefinementCtx): void {
  let labels = 0;
  for (const [key, content] of Object.entries(value)) {
    if (names.has(key) || !key.startsWith("label.")) continue;
    const refuse = (message: string): void => context.addIssue({ code: "custom", path: [key], message });
    if (!labelName.test(key) || typeof content !== "string" || content.length > 255) {
      refuse("a label's name once, and a value of up to 255 characters");
    } else {
      labels += 1;
      if (labels > mostLabels) refuse(`at most ${mostLabels} labels`);
    }
  }
}

/** Parameters whose names are the client's: an object in the form style stands for its properties, each on its own. */
export const labelParameters = {
  name: "labels",
  in: "query" as const,
  style: "form" as const,
  explode: true,
  description: "Only jobs with these labels: `label.<name>=<value>`, for up to 20 names.",
  schema: {
    type: "object" as const,
    propertyNames: { pattern: labelName.source },
    additionalProperties: { type: "string" as const, maxLength: 255 },
    maxProperties: mostLabels,
  },
  example: { "label.project": "x" },
};

/** The filter in a JSON body. */
export const DownloadFilter = z
  .strictObject({
    state: z.array(JobState).min(1).max(mostStates).optional(),
    code: z.array(z.enum(errorCodeNames)).min(1).max(mostCodes).optional(),
    batchId,
    scheduleId,
    q: text.optional(),
    labels: z
      .record(
        z
          .string()
          .max(63)
          .regex(/^[A-Za-z0-9_.-]{1,63}$/),
        z.string().max(255),
      )
      .refine((labels) => Object.keys(labels).length <= mostLabels, { message: `at most ${mostLabels} labels` })
      .meta({
        maxProperties: mostLabels,
        propertyNames: { type: "string", maxLength: 63, pattern: "^[A-Za-z0-9_.-]{1,63}$" },
      })
      .optional(),
    ...times,
  })
  .meta({ id: "DownloadFilter", description: "Jobs that agree with all of it; an empty one: all jobs." });
export type DownloadFilter = z.infer<typeof DownloadFilter>;

/** The labels among query parameters. */
export function labelsIn(query: object): Record<string, string> {
  const labels = Object.entries(query).filter(([key]) => key.startsWith("label."));
  return Object.fromEntries(labels.map(([key, value]) => [key.slice("label.".length), String(value)]));
}

/** The filter as the store takes it. */
export function toJobFilter(filter: DownloadFilter): JobFilter {
  const {
    state,
    code,
    batchId,
    scheduleId,
    q,
    labels = {},
    createdAfter,
    createdBefore,
    finishedAfter,
    finishedBefore,
  } = filter;
  return {
    ...(state === undefined ? {} : { states: state }),
    ...(code === undefined ? {} : { codes: code }),
    ...(batchId === undefined ? {} : { batchId: batchId as BatchId }),
    ...(scheduleId === undefined ? {} : { scheduleId: scheduleId as ScheduleId }),
    ...(q === undefined ? {} : { text: q }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(createdAfter === undefined ? {} : { createdAfter: new Date(createdAfter) }),
    ...(createdBefore === undefined ? {} : { createdBefore: new Date(createdBefore) }),
    ...(finishedAfter === undefined ? {} : { finishedAfter: new Date(finishedAfter) }),
    ...(finishedBefore === undefined ? {} : { finishedBefore: new Date(finishedBefore) }),
  };
}
