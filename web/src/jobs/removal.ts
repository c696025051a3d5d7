import type { DownloadJob } from "@vidferry/sdk";
import { t } from "../language/language.ts";
import { actionMs, notify, notifyError } from "../parts/notices.ts";
import { addressOf, vidferry } from "../service.ts";
import { titleOf } from "./actions.ts";
import { forget, hide } from "./job-list.ts";

/** Ids that the service takes at once. */
const atOnce = 1_000;

/** Deletes jobs unless the person takes it back while the notice stays. What waits when the page is left is deleted then. */
export function remove(...jobs: readonly DownloadJob[]): void {
  const [first] = jobs;
  if (first === undefined) return;
  const ids = jobs.map(({ id }) => id);
  hide(ids, true);
  let isDecided = false;
  const decide = (work: () => void): void => {
    if (isDecided) return;
    isDecided = true;
    clearTimeout(timer);
    removeEventListener("pagehide", leave);
    work();
  };
  const leave = (): void => decide(() => eraseAfterwards(ids));
  const timer = setTimeout(() => decide(() => void erase(ids)), actionMs);
  addEventListener("pagehide", leave);
  const text = ids.length === 1 ? t("do.deleted", { title: titleOf(first) }) : t("bulk.deleted", { count: ids.length });
  const close = notify(text, {
    action: {
      label: t("do.undo"),
      run: () => {
        decide(() => hide(ids, false));
        close();
      },
    },
  });
}

async function erase(ids: readonly string[]): Promise<void> {
  for (const part of parts(ids)) {
    try {
      const { data } = await vidferry.downloads.bulk({ action: "delete", ids: part });
      // One that is gone already was to be gone.
      const kept = data.filter(({ error, state }) => error !== null && state !== null);
      hide(
        kept.map(({ id }) => id),
        false,
      );
      const left = new Set(kept.map(({ id }) => id));
      forget(...part.filter((id) => !left.has(id)));
      const [refused] = kept;
      if (refused?.error != null) notify(refused.error.detail, { isError: true });
    } catch (error) {
      hide(part, false);
      notifyError(error);
    }
  }
}

/** The page is gone before there is an answer. */
function eraseAfterwards(ids: readonly string[]): void {
  for (const part of parts(ids)) {
    void fetch(addressOf("/api/v1/downloads/bulk"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ action: "delete", ids: part }),
      keepalive: true,
    });
  }
}

function parts(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / atOnce) }, (_, at) => ids.slice(at * atOnce, (at + 1) * atOnce));
}
