import { useSignal } from "@preact/signals";
import type { AuditEntry } from "@vidferry/sdk";
import { formatWhen } from "../../format/time.ts";
import { t } from "../../language/language.ts";
import { CopyButton } from "../../parts/copy-button.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { Table } from "../../parts/table.tsx";
import { vidferry } from "../../service.ts";

const step = 100;
const lookMs = 15_000;

/** Who did what, the latest first, and by which request. */
export function AuditLog() {
  const most = useSignal(step);
  const loaded = useLoaded(() => vidferry.records.audit({ limit: step }).toArray({ limit: most.peek() }), lookMs);
  const more = (): void => {
    most.value += step;
    loaded.reload();
  };
  const columns = ["when", "who", "what", "subject"] as const;
  return (
    <Shown loaded={loaded}>
      {(entries) =>
        entries.length === 0 ? (
          <Empty text={t("operator.noAudit")} />
        ) : (
          <>
            <Table caption={t("operator.audit")} columns={[...columns.map((column) => t(`operator.${column}`)), ""]}>
              {entries.map((entry) => (
                <Row key={entry.id} entry={entry} />
              ))}
            </Table>
            {entries.length >= most.value && (
              <button type="button" onClick={more}>
                {t("app.more")}
              </button>
            )}
          </>
        )
      }
    </Shown>
  );
}

function Row({ entry: { at, by, action, subject, detail } }: { readonly entry: AuditEntry }) {
  const facts = Object.entries(detail).map(([name, value]) => `${name}: ${value ?? "–"}`);
  return (
    <tr>
      <td>{formatWhen(at)}</td>
      <td>
        {by.owner ?? by.via} <span class="muted">{by.keyId?.slice(-6)}</span>
      </td>
      <td>
        {action} <span class="muted small">{facts.join(", ")}</span>
      </td>
      <td>
        <bdi>{subject}</bdi>
      </td>
      <td>{by.requestId !== null && <CopyButton text={by.requestId} label={t("app.copyRequestId")} />}</td>
    </tr>
  );
}
