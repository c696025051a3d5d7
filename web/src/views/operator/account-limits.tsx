import type { Account, LimitChanges } from "@vidferry/sdk";
import { readBytes } from "../../format/bytes.ts";
import { formatWhen } from "../../format/time.ts";
import { t } from "../../language/language.ts";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { Meter } from "../../parts/meter.tsx";
import { attempt, notify } from "../../parts/notices.ts";
import { Table } from "../../parts/table.tsx";
import { vidferry } from "../../service.ts";
import { isOfBytes, type Limit, limits, showLimit, usedOf } from "../limits.ts";

const lookMs = 15_000;

/** What an owner has used of what it may, and a form to change that. */
export function AccountLimits({ owner }: { readonly owner: string }) {
  const loaded = useLoaded(() => vidferry.accounts.get(owner), lookMs);
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    attempt(async () => {
      await vidferry.accounts.limit(owner, limitsOf(fields));
      notify(t("app.saved"));
      loaded.reload();
    });
  };
  return (
    <Shown loaded={loaded}>
      {(account) => (
        <form onSubmit={save}>
          <Table
            caption={t("account.limits", { owner })}
            columns={[t("account.limit"), t("account.used"), t("account.most")]}
          >
            {limits.map((limit) => (
              <Row key={limit} limit={limit} account={account} />
            ))}
          </Table>
          <p class="muted small">{t("account.renews", { time: formatWhen(account.renewsAt.bytesPerMonth) })}</p>
          <button type="submit" class="primary">
            {t("app.save")}
          </button>
        </form>
      )}
    </Shown>
  );
}

function Row({ limit, account }: { readonly limit: Limit; readonly account: Account }) {
  const used = usedOf(account, limit);
  const most = account.limits[limit];
  const name = t(`account.${limit}`);
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {used === null ? "–" : showLimit(limit, used)}
        {used !== null && <Meter label={name} used={used} most={most} />}
      </td>
      <td>
        <input
          name={limit}
          aria-label={name}
          class="number"
          required={limit === "weight"}
          inputMode={isOfBytes(limit) ? "text" : "numeric"}
          pattern={isOfBytes(limit) ? "\\d+([.,]\\d+)?\\s*[kKmMgGtT]?[bB]?" : "\\d+"}
          placeholder={t("account.none")}
          defaultValue={most === null ? "" : isOfBytes(limit) ? plainSize(most) : String(most)}
        />
      </td>
    </tr>
  );
}

const units = ["TB", "GB", "MB", "kB"] as const;

/** A size to be edited: in the largest unit that gives a short number, and to the byte where none does. */
function plainSize(bytes: number): string {
  const at = units.findIndex((_, place) => bytes >= 1_000 ** (4 - place) && bytes % (1_000 ** (4 - place) / 10) === 0);
  return at < 0 ? String(bytes) : `${bytes / 1_000 ** (4 - at)} ${units[at]}`;
}

/** What was typed, as limits: an empty field lifts one. */
function limitsOf(fields: FormData): LimitChanges {
  const read = (limit: Limit): number | null => {
    const text = String(fields.get(limit) ?? "").trim();
    if (text === "") return null;
    return isOfBytes(limit) ? readBytes(text) : Number(text);
  };
  return Object.fromEntries(limits.map((limit) => [limit, read(limit)])) as LimitChanges;
}
