import { useEffect } from "preact/hooks";
import { t } from "../language/language.ts";
import { hrefOf, route } from "../route.ts";
import { base } from "../service.ts";
import { isOperator, session, signOut } from "../session/session.ts";
import { attempt } from "./notices.ts";
import { theme, turnTheme } from "./theme.ts";

const themeSigns = { auto: "◐", light: "☀", dark: "☾" } as const;

export function Header() {
  const views = [
    ["/", t("app.home")],
    ["/collections", t("app.collections")],
    ["/subscriptions", t("app.subscriptions")],
    ...(isOperator() ? [["/operator", t("app.operator")]] : [["/account", t("app.account")]]),
  ] as [string, string][];
  const isHere = (path: string): boolean =>
    path === "/" ? route.value === "/" || route.value.startsWith("/downloads") : route.value.startsWith(path);
  const here = views.find(([path]) => isHere(path))?.[1];
  useEffect(() => {
    document.title = here === undefined ? t("app.title") : `${here} · ${t("app.title")}`;
  }, [here]);
  return (
    <header class="top">
      {/* Fragments count from the page's base, which is not where it is. */}
      <a class="skip" href={`${location.pathname}${location.search}#main`}>
        {t("app.skip")}
      </a>
      <a class="brand" href={hrefOf("/")}>
        {t("app.title")}
      </a>
      <nav aria-label={t("app.title")}>
        {views.map(([path, name]) => (
          <a key={path} href={hrefOf(path)} aria-current={isHere(path) ? "page" : undefined}>
            {name}
          </a>
        ))}
        <a href={`${base}/docs`} target="_blank" rel="noopener">
          {t("app.docs")}
        </a>
      </nav>
      <button
        type="button"
        class="quiet"
        onClick={turnTheme}
        aria-label={t(`theme.${theme.value}`)}
        title={t(`theme.${theme.value}`)}
      >
        {themeSigns[theme.value]}
      </button>
      {session.value?.auth === "keys" && (
        <button type="button" class="quiet" onClick={() => attempt(signOut)}>
          {t("app.signOut")}
        </button>
      )}
    </header>
  );
}
