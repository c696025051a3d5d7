import { t } from "../language/language.ts";
import { CopyButton } from "./copy-button.tsx";
import type { Problem } from "./problem.ts";

interface FailureProps {
  readonly problem: Problem;
  /** What a button "Try again" does; absent: there is none. */
  readonly onRetry?: () => void;
}

/** What went wrong in a part of the page, in that part. */
export function Failure({ problem: { text, requestId }, onRetry }: FailureProps) {
  return (
    <div class="problem boxed" role="alert">
      <span>{text}</span>
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          {t("app.retry")}
        </button>
      )}
      {requestId !== null && <CopyButton text={requestId} label={t("app.copyRequestId")} />}
    </div>
  );
}
