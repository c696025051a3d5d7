export { minimumVersion } from "./checks.ts";
export { cookieFileProblem, openCookieFile } from "./cookies/cookie-file.ts";
export { openCookieTexts } from "./cookies/cookie-texts.ts";
export { type YtDlpDownloader, ytDlp } from "./downloader.ts";
export { liveRecordingFiles } from "./live/recording-files.ts";
export type { JsRuntime, YtDlpOptions } from "./options.ts";
