import { useSignal } from "@preact/signals";
import type { Key } from "@vidferry/sdk";
import { formatWhen } from "../../format/time.ts";
import { t } from "../../language/language.ts";
import { ask } from "../../parts/ask.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { attempt } from "../../parts/notices.ts";
import { SecretOnce } from "../../parts/secret-once.tsx";
import { Table } from "../../parts/table.tsx";
import { vidferry } from "../../service.ts";
import { NewKeyForm } from "./new-key-form.tsx";

const shown = 1_000;

/** Who may use the service. A secret is shown once, and kept nowhere. */
export function Keys() {
  const loaded = useLoaded(() => vidferry.keys.list({ limit: 100 }).toArray({ limit: shown }));
  const secret = useSignal<string | null>(null);
  const changed = (made: string | null = null): void => {
    if (made !== null) secret.value = made;
    loaded.reload();
  };
  const columns = ["name", "owner", "scopes", "lastUsed", "expires"] as const;
  return (
    <>
      {secret.value !== null && (
        <SecretOnce text={t("operator.keyOnce")} secret={secret.value} onClose={() => (secret.value = null)} />
      )}
      <NewKeyForm onMade={changed} />
      <Shown loaded={loaded}>
        {(keys) =>
          keys.length === 0 ? (
            <Empty text={t("operator.noKeys")} />
          ) : (
            <Table caption={t("operator.keys")} columns={[...columns.map((column) => t(`operator.${column}`)), ""]}>
              {keys.map((key) => (
                <Row key={key.id} one={key} onChange={changed} />
              ))}
            </Table>
          )
        }
      </Shown>
    </>
  );
}

interface RowProps {
  readonly one: Key;
  readonly onChange: (secret?: string | null) => void;
}

function Row({ one, onChange }: RowProps) {
  const { id, name, owner, scopes, lastUsedAt, lastFour, expiresAt } = one;
  const revoke = (): void =>
    attempt(async () => {
      if (!(await ask(t("operator.askRevoke", { name }), t("operator.revoke")))) return;
      await vidferry.keys.revoke(id);
      onChange();
    });
  const rotate = (): void =>
    attempt(async () => {
      if (!(await ask(t("operator.askRotate", { name }), t("operator.rotate")))) return;
      onChange((await vidferry.keys.rotate(id)).secret);
    });
  return (
    <tr>
      <th scope="row">
        <bdi>{name}</bdi> <span class="muted">…{lastFour}</span>
      </th>
      <td>{owner}</td>
      <td>{scopes.join(", ")}</td>
      <td>{lastUsedAt === null ? t("operator.never") : formatWhen(lastUsedAt)}</td>
      <td>{expiresAt === null ? t("operator.never") : formatWhen(expiresAt)}</td>
      <td>
        <div class="line">
          <button type="button" onClick={rotate}>
            {t("operator.rotate")}
          </button>
          <button type="button" onClick={revoke}>
            {t("operator.revoke")}
          </button>
        </div>
      </td>
    </tr>
  );
}
