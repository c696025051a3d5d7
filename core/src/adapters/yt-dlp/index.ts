export { minimumVersion } from "./checks.ts";
export { type YtDlpDownloader, ytDlp } from "./downloader.ts";
export type { JsRuntime, YtDlpOptions } from "./options.ts";
