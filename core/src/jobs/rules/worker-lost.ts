import { errorCodes } from "../../errors/codes.ts";
import type { JobError } from "../job.ts";

/** The error of an attempt whose worker was lost. */
export const workerLostError: JobError = {
  code: "worker_lost",
  detail: `${errorCodes.worker_lost.title}.`,
  hint: errorCodes.worker_lost.hint,
  retryable: true,
};
