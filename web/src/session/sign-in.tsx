import { useSignal } from "@preact/signals";
import { AuthenticationError } from "@vidferry/sdk";
import { t } from "../language/language.ts";
import { Failure } from "../parts/failure.tsx";
import { type Problem, problemOf } from "../parts/problem.ts";
import { hasEnded, signIn } from "./session.ts";

/** Asks for a key. It goes into the session alone, and is kept nowhere in the page. */
export function SignIn() {
  const error = useSignal<Problem | null>(hasEnded.value ? { text: t("signIn.ended"), requestId: null } : null);
  const isBusy = useSignal(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    isBusy.value = true;
    try {
      await signIn(String(fields.get("key")).trim(), fields.get("remember") !== null);
    } catch (cause) {
      const isUnknown = cause instanceof AuthenticationError && cause.status === 401;
      error.value = isUnknown ? { ...problemOf(cause), text: t("signIn.wrong") } : problemOf(cause);
      isBusy.value = false;
    }
  };
  return (
    <main class="middle" id="main">
      <form class="card sign-in" onSubmit={submit}>
        <h1>{t("app.title")}</h1>
        <label>
          {t("signIn.key")}
          <input
            name="key"
            type="password"
            required
            autocomplete="current-password"
            spellcheck={false}
            aria-describedby="key-hint"
            ref={(field) => field?.focus()}
          />
        </label>
        <p id="key-hint" class="muted small">
          {t("signIn.hint")}
        </p>
        <label class="check">
          <input name="remember" type="checkbox" /> {t("signIn.remember")}
        </label>
        {error.value !== null && <Failure problem={error.value} />}
        <button type="submit" class="primary" disabled={isBusy.value}>
          {t("signIn.do")}
        </button>
      </form>
    </main>
  );
}
