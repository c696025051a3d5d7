import { formatBytes } from "../../format/bytes.ts";
import { formatSpan } from "../../format/time.ts";
import { language, t } from "../../language/language.ts";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { Table } from "../../parts/table.tsx";
import { vidferry } from "../../service.ts";
import { Checks } from "./health.tsx";
import { readHealth } from "./read-health.ts";

const lookMs = 30_000;
const monthMs = 30 * 86_400_000;

/** How much room there is, what takes it, and how long it is kept. */
export function Storage() {
  return (
    <div class="panels">
      <Kept />
      <Room />
      <Made />
    </div>
  );
}

/** All results that are kept. */
function Kept() {
  const loaded = useLoaded(() => vidferry.records.storage({}), lookMs);
  return (
    <section class="card">
      <h2>{t("storage.kept")}</h2>
      <Shown loaded={loaded}>
        {({ storedBytes, storedFiles, retentionSeconds }) => (
          <>
            <dl class="facts">
              <div>
                <dt>{t("operator.bytes")}</dt>
                <dd>{formatBytes(storedBytes)}</dd>
              </div>
              <div>
                <dt>{t("details.files")}</dt>
                <dd>{storedFiles.toLocaleString(language)}</dd>
              </div>
              <div>
                <dt>{t("storage.retention")}</dt>
                <dd>{retentionSeconds === null ? t("storage.forever") : formatSpan(retentionSeconds)}</dd>
              </div>
            </dl>
            <p class="muted small">
              {t(retentionSeconds === null ? "storage.setRetention" : "storage.changeRetention")}
            </p>
          </>
        )}
      </Shown>
    </section>
  );
}

const isOfStorage = (name: string): boolean => /disk|storage|database|store/i.test(name);

/** The checks of disks and stores, with what helps where one is not well. */
function Room() {
  const loaded = useLoaded(readHealth, lookMs);
  return (
    <section class="card">
      <h2>{t("storage.room")}</h2>
      <Shown loaded={loaded}>{(checks) => <Checks checks={checks.filter(({ name }) => isOfStorage(name))} />}</Shown>
    </section>
  );
}

/** Who made how much in the last month. */
function Made() {
  const loaded = useLoaded(() => {
    const from = new Date(Date.now() - monthMs).toISOString();
    return vidferry.records.stats({ by: "owner", from, owner: "*" });
  }, lookMs);
  return (
    <section class="card">
      <h2>{t("storage.made")}</h2>
      <Shown loaded={loaded}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty text={t("storage.nothing")} />
          ) : (
            <Table caption={t("storage.made")} columns={[t("operator.owner"), t("operator.jobs"), t("operator.bytes")]}>
              {data.map(({ key, count, bytes }) => (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  <td>{count}</td>
                  <td>{formatBytes(bytes)}</td>
                </tr>
              ))}
            </Table>
          )
        }
      </Shown>
    </section>
  );
}
