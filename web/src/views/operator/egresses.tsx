import { t } from "../../language/language.ts";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { Table } from "../../parts/table.tsx";
import { vidferry } from "../../service.ts";
import { EgressForm } from "./egress-form.tsx";
import { EgressRow } from "./egress-row.tsx";

const lookMs = 5_000;

/** As what sites see the service: what each egress may still do, and cookies and proxies to give. */
export function Egresses() {
  const loaded = useLoaded(() => vidferry.egresses.list(), lookMs);
  const columns = ["name", "state", "used", "cookies"] as const;
  return (
    <>
      <Shown loaded={loaded}>
        {(all) =>
          all.length === 0 ? (
            <Empty text={t("operator.none")} />
          ) : (
            <Table caption={t("operator.egresses")} columns={[...columns.map((column) => t(`operator.${column}`)), ""]}>
              {all.map((one) => (
                <EgressRow key={one.id} egress={one} onChange={loaded.reload} />
              ))}
            </Table>
          )
        }
      </Shown>
      <EgressForm known={loaded.value.value ?? []} onSaved={loaded.reload} />
    </>
  );
}
