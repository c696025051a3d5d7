import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { formatWhen } from "./format/time.ts";
import { noFilter } from "./jobs/job-filter.ts";
import { show } from "./jobs/job-list.ts";
import { followAll, offlineSince } from "./jobs/live.ts";
import { t } from "./language/language.ts";
import { QuestionDialog } from "./parts/ask.tsx";
import { Header } from "./parts/header.tsx";
import { keepFocus } from "./parts/keep-focus.ts";
import { lazy } from "./parts/lazy.tsx";
import { NoticeList } from "./parts/notice-list.tsx";
import { sleep } from "./parts/sleep.ts";
import { followLinks, route } from "./route.ts";
import { findSession, session } from "./session/session.ts";
import { SignIn } from "./session/sign-in.tsx";
import { Downloads } from "./views/downloads/downloads.tsx";

const Collections = lazy(async () => (await import("./views/collections.tsx")).Collections);
const Subscriptions = lazy(async () => (await import("./views/subscriptions.tsx")).Subscriptions);
const Account = lazy(async () => (await import("./views/account.tsx")).Account);
const Operator = lazy(async () => (await import("./views/operator/operator.tsx")).Operator);

/** Pause before another try to find out who is signed in, in milliseconds. */
const againMs = 3_000;

/** Tries until the service answers. */
async function begin(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await findSession();
      offlineSince.value = null;
      return;
    } catch {
      offlineSince.value ??= new Date();
      await sleep(againMs, signal);
    }
  }
}

export function App() {
  useEffect(() => {
    const left = new AbortController();
    void begin(left.signal);
    keepFocus(left.signal);
    document.addEventListener("click", followLinks);
    let following: AbortController | null = null;
    let owner: string | null = null;
    // Another session sees other jobs: the list and the stream begin anew.
    const stop = effect(() => {
      const now = session.value?.owner ?? null;
      if (now === owner) return;
      owner = now;
      following?.abort();
      following = now === null ? null : new AbortController();
      if (following === null) return;
      void followAll(following.signal);
      void show(noFilter);
    });
    return () => {
      left.abort();
      following?.abort();
      stop();
      document.removeEventListener("click", followLinks);
    };
  }, []);
  return (
    <>
      <Offline />
      <Content />
      <QuestionDialog />
      <NoticeList />
    </>
  );
}

function Content() {
  if (session.value === undefined) {
    return (
      <main class="middle" id="main">
        <h1 class="unseen">{t("app.title")}</h1>
        <p class="muted">{t("app.loading")}</p>
      </main>
    );
  }
  if (session.value === null) return <SignIn />;
  return (
    <>
      <Header />
      <main id="main" tabIndex={-1}>
        <View />
      </main>
    </>
  );
}

function View() {
  const path = route.value;
  if (path === "/" || path.startsWith("/downloads")) return <Downloads />;
  if (path === "/collections") return <Collections />;
  if (path === "/subscriptions") return <Subscriptions />;
  if (path === "/account") return <Account />;
  if (path.startsWith("/operator")) return <Operator />;
  return <h1>{t("app.notFound")}</h1>;
}

function Offline() {
  const since = offlineSince.value;
  if (since === null) return null;
  return (
    <div class="offline" role="status">
      <strong>{t("offline.title")}</strong> {t("offline.detail", { time: formatWhen(since) })}
    </div>
  );
}
