import { signal } from "@preact/signals";
import { base } from "./service.ts";

const prefix = new URL(base).pathname.replace(/\/$/, "");

const read = (): string =>
  location.pathname
    .slice(prefix.length)
    .replace(/^\/app/, "")
    .replace(/\/+$/, "") || "/";

/** What is shown, as the path below `/app`; `/`: the downloads. */
export const route = signal(read());

addEventListener("popstate", () => {
  route.value = read();
});

/** The address of a view. */
export const hrefOf = (path: string): string => `${prefix}/app${path}`;

/** Shows another view. */
export function go(path: string): void {
  history.pushState(null, "", hrefOf(path));
  route.value = read();
}

/** Follows links within the page without loading it anew. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (!link.pathname.startsWith(`${prefix}/app/`) && link.pathname !== `${prefix}/app`) return;
  if (link.hash !== "" && link.pathname === location.pathname) return;
  event.preventDefault();
  go(link.pathname.slice(`${prefix}/app`.length) || "/");
}
