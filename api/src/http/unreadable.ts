import { AppError } from "@vidferry/core";

/** The statuses of requests that are refused before an operation is found: any operation may answer with them. */
export const unreadableStatuses = {
  400: "The request is not HTTP, names its host wrongly, or has more than 100 parameters.",
  408: "The request did not arrive in time.",
  414: "The address of the request has more than 8,192 characters.",
  431: "The headers of the request have more than 16 KiB.",
} as const;

/** A request that HTTP itself has a status for, because it cannot be taken as it came. */
export class UnreadableRequest extends AppError {
  readonly status: keyof typeof unreadableStatuses;

  constructor(status: keyof typeof unreadableStatuses, detail: string, hint: string) {
    super("invalid_request", detail, { hint });
    this.status = status;
  }
}
