import { Vidferry } from "@vidferry/sdk";

/** Where the service is, without a slash at the end: the page's base, which the service writes. */
export const base = document.baseURI.replace(/\/$/, "");

/** The service, as any other client reaches it. The browser adds its session. */
export const vidferry = new Vidferry({ baseUrl: base });

/** The address of a link of the service, which may be a path alone. */
export const addressOf = (link: string): string => (/^https?:/.test(link) ? link : base + link);
