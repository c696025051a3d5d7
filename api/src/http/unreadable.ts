import { AppError } from "@vidferry/core";

/** A request that HTTP itself has a status for, because it cannot be taken as it came: 400, 408, 414. */
export class UnreadableRequest extends AppError {
  readonly status: 400 | 408 | 414;

  constructor(status: 400 | 408 | 414, detail: string, hint: string) {
    super("invalid_request", detail, { hint });
    this.status = status;
  }
}
