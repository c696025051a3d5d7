import { formatWhen } from "../../format/time.ts";
import { t } from "../../language/language.ts";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { Table } from "../../parts/table.tsx";
import { vidferry } from "../../service.ts";

const shown = 100;
const lookMs = 15_000;

/** Who did what, the latest first. */
export function AuditLog() {
  const loaded = useLoaded(async () => (await vidferry.records.audit({ limit: shown })).data, lookMs);
  const columns = ["when", "who", "what", "subject"] as const;
  return (
    <Shown loaded={loaded}>
      {(entries) => (
        <Table caption={t("operator.audit")} columns={columns.map((column) => t(`operator.${column}`))}>
          {entries.map(({ id, at, by, action, subject }) => (
            <tr key={id}>
              <td>{formatWhen(at)}</td>
              <td>
                {by.owner ?? by.via} <span class="muted">{by.keyId?.slice(-6)}</span>
              </td>
              <td>{action}</td>
              <td>
                <bdi>{subject}</bdi>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Shown>
  );
}
