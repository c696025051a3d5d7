import { fixedEgress, throughEgress } from "@vidferry/testing";
import { openCookieFile } from "./cookies/cookie-file.ts";
import { ytDlp } from "./downloader.ts";
import type { YtDlpOptions } from "./options.ts";

/** The downloader's options, and the one egress of all its calls. */
export interface EgressOptions extends YtDlpOptions {
  readonly proxyUrl?: string | (() => string);
  readonly cookiesFile?: string;
}

/** A downloader for tests of what it does and not of the egress: every call goes through the same one. */
export function ytDlpThrough({ proxyUrl = "http://127.0.0.1:9", cookiesFile, ...options }: EgressOptions) {
  const cookies = cookiesFile === undefined ? null : openCookieFile(cookiesFile, options.logger);
  return throughEgress(ytDlp(options), fixedEgress({ proxyUrl, cookies }));
}
