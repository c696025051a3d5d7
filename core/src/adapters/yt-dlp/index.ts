export { minimumVersion } from "./checks.ts";
export { ytDlp } from "./downloader.ts";
export type { JsRuntime, YtDlpOptions } from "./options.ts";
