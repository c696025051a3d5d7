import type { DownloadJob } from "@vidferry/sdk";
import { formatWhen } from "../../format/time.ts";
import { move, titleOf } from "../../jobs/actions.ts";
import { t, tOr } from "../../language/language.ts";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { Table } from "../../parts/table.tsx";
import { hrefOf } from "../../route.ts";
import { vidferry } from "../../service.ts";

const lookMs = 5_000;
/** Waiting jobs that are looked through. */
const looked = 500;

/** Jobs whose last attempt failed and that wait for the next, with what went wrong. They are those of the key's owner. */
export function Retrying() {
  const loaded = useLoaded(async () => {
    const waiting = vidferry.downloads.list({ state: ["scheduled", "queued"], limit: 100 });
    return (await waiting.toArray({ limit: looked })).filter(({ error }) => error !== null);
  }, lookMs);
  const columns = ["job", "attempts", "lastError", "nextAttempt"] as const;
  return (
    <section class="card">
      <h2>{t("trouble.retrying")}</h2>
      <Shown loaded={loaded}>
        {(jobs) =>
          jobs.length === 0 ? (
            <Empty text={t("trouble.noRetrying")} />
          ) : (
            <Table caption={t("trouble.retrying")} columns={[...columns.map((column) => t(`trouble.${column}`)), ""]}>
              {jobs.map((job) => (
                <Row key={job.id} job={job} onChange={loaded.reload} />
              ))}
            </Table>
          )
        }
      </Shown>
    </section>
  );
}

function Row({ job, onChange }: { readonly job: DownloadJob; readonly onChange: () => void }) {
  const { id, attempt, maxAttempts, error, waitingFor, nextAttemptAt } = job;
  const until = waitingFor?.until ?? nextAttemptAt;
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf(`/downloads/${id}`)}>
          <bdi>{titleOf(job)}</bdi>
        </a>
      </th>
      <td>{t("attempt.of", { attempt, most: maxAttempts })}</td>
      <td>
        <code>{error?.code}</code> <span class="muted">{error?.detail}</span>
      </td>
      <td>
        {waitingFor !== null && tOr("waiting", waitingFor.reason)} {until !== null && formatWhen(until)}
      </td>
      <td>
        <button type="button" onClick={() => move(job, "cancel", onChange)}>
          {t("do.cancel")}
        </button>
      </td>
    </tr>
  );
}
