import { z } from "@hono/zod-openapi";
import { AppError, isId, type ScheduleId, ScheduleState } from "@vidferry/core";
import { filteredCursorParameter, limitParameter } from "../../http/page-parameters.ts";

/** `{id}` of a schedule in a path. */
export const SchedulePath = z.object({
  id: z.string().openapi({ description: "The schedule's id.", example: "sch_0199f3a2c4d87b1e9a5d6c3f20417e88" }),
});

/** A page of schedules. */
export const schedulePageQuery = z.object({
  state: ScheduleState.optional().describe("Those in this state."),
  cursor: filteredCursorParameter,
  limit: limitParameter(20, 100, "Schedules a page."),
});

/** The schedule id in a path. Throws `not_found`. */
export function scheduleIdOf(text: string): ScheduleId {
  if (!isId("sch", text)) throw new AppError("not_found", "There is no such schedule.");
  return text;
}
