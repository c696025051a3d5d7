import { t } from "../../language/language.ts";
import { route } from "../../route.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { Filters } from "./filters.tsx";
import { JobDetails } from "./job-details.tsx";
import { JobList } from "./job-list.tsx";
import { PasteBox } from "./paste-box.tsx";

/** The first view: a field for links, and what became of them. */
export function Downloads() {
  const opened = /^\/downloads\/(job_\w+)$/.exec(route.value)?.[1] ?? null;
  return (
    <>
      <h1 class="unseen">{t("list.title")}</h1>
      <PasteBox />
      <Filters />
      <BulkBar />
      <JobList />
      {opened !== null && <JobDetails key={opened} id={opened} />}
    </>
  );
}
