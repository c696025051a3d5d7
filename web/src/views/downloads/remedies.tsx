import type { DownloadJob } from "@vidferry/sdk";
import { download, move } from "../../jobs/actions.ts";
import { setDraft } from "../../jobs/draft.ts";
import { type Remedy, remediesOf } from "../../jobs/remedies.ts";
import { t } from "../../language/language.ts";
import { attempt, notify } from "../../parts/notices.ts";
import { go } from "../../route.ts";
import { isOperator } from "../../session/session.ts";

/** What helps against a failure, each by a button. */
export function Remedies({ job }: { readonly job: DownloadJob }) {
  const use = (remedy: Remedy): void => {
    if (remedy.kind === "retry") move(job, "retry");
    else if (remedy.kind === "again") attempt(() => download(remedy.request));
    else if (remedy.kind === "change") {
      setDraft(job.request.url);
      go("/");
      scrollTo({ top: 0 });
    } else if (isOperator()) go("/operator/egresses");
    else notify(t("remedy.cookiesAsk"));
  };
  return (
    <>
      {remediesOf(job).map((remedy) => (
        <button key={remedy.label} type="button" onClick={() => use(remedy)}>
          {t(remedy.label)}
        </button>
      ))}
    </>
  );
}
