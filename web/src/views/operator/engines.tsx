import type { Engines as State } from "@vidferry/sdk";
import { language, t } from "../../language/language.ts";
import { CopyButton } from "../../parts/copy-button.tsx";
import { Shown, useLoaded } from "../../parts/loaded.tsx";
import { vidferry } from "../../service.ts";

const lookMs = 10_000;

/** Which yt-dlp attempts are run with, the one on trial and how it does, and how it is changed. */
export function Engines() {
  const loaded = useLoaded(() => vidferry.records.engines({}), lookMs);
  return (
    <Shown loaded={loaded}>
      {(state) => (
        <div class="panels">
          <Versions state={state} />
          <Trial trial={state.trial} />
          <Commands state={state} />
        </div>
      )}
    </Shown>
  );
}

const nameOf = (version: string): string => (version === "settings" ? t("engine.settings") : version);

function Versions({ state: { inUse, before, left, latestSeen } }: { readonly state: State }) {
  return (
    <section class="card">
      <h2>{t("engine.versions")}</h2>
      <dl class="facts">
        <div>
          <dt>{t("engine.inUse")}</dt>
          <dd>{nameOf(inUse)}</dd>
        </div>
        <div>
          <dt>{t("engine.before")}</dt>
          <dd>{before === null ? "–" : nameOf(before)}</dd>
        </div>
        <div>
          <dt>{t("engine.latest")}</dt>
          <dd>{latestSeen ?? t("engine.notLooked")}</dd>
        </div>
      </dl>
      {left !== null && <p class="problem">{t("engine.left", { version: left.version, reason: left.reason })}</p>}
    </section>
  );
}

function Trial({ trial }: { readonly trial: State["trial"] }) {
  if (trial === null) {
    return (
      <section class="card">
        <h2>{t("engine.trial")}</h2>
        <p class="muted">{t("engine.noTrial")}</p>
      </section>
    );
  }
  const { version, share, succeeded, failed } = trial;
  const runs = succeeded + failed;
  const percent = share.toLocaleString(language, { style: "percent" });
  return (
    <section class="card">
      <h2>{t("engine.trial")}</h2>
      <p>{t("engine.tries", { version, percent })}</p>
      <progress
        aria-label={t("engine.succeeded")}
        max={Math.max(1, runs)}
        value={succeeded}
        class={failed > succeeded ? "full" : undefined}
      />
      <dl class="facts">
        <div>
          <dt>{t("engine.succeeded")}</dt>
          <dd>{succeeded}</dd>
        </div>
        <div>
          <dt>{t("engine.failed")}</dt>
          <dd>{failed}</dd>
        </div>
      </dl>
    </section>
  );
}

/** Engines are installed on workers' machines, so that they are changed there. */
function Commands({ state: { latestSeen, trial } }: { readonly state: State }) {
  const version = latestSeen ?? trial?.version ?? "VERSION";
  const commands = [`vidferry engine use ${version}`, "vidferry engine rollback", "vidferry engine list --available"];
  return (
    <section class="card">
      <h2>{t("engine.change")}</h2>
      <ul class="plain">
        {commands.map((command) => (
          <li key={command} class="line">
            <code>{command}</code> <CopyButton text={command} />
          </li>
        ))}
      </ul>
    </section>
  );
}
