import { t } from "../language/language.ts";
import { CopyButton } from "./copy-button.tsx";
import { closeNotice, type Notice, notices } from "./notices.ts";

/** Messages at the edge of the page; screen readers tell them without leaving where the person is. */
export function NoticeList() {
  return (
    <div class="notices" aria-live="polite">
      {notices.value.map((notice) => (
        <One key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function One({ notice: { id, text, isError, requestId, action } }: { readonly notice: Notice }) {
  return (
    <div class={isError ? "notice error" : "notice"} role={isError ? "alert" : undefined}>
      <span>{text}</span>
      {requestId !== null && <CopyButton text={requestId} label={t("app.copyRequestId")} />}
      {action !== null && (
        <button type="button" onClick={action.run}>
          {action.label}
        </button>
      )}
      <button type="button" class="quiet" aria-label={t("app.close")} onClick={() => closeNotice(id)}>
        ✕
      </button>
    </div>
  );
}
