export type { Dial } from "./connection.ts";
export { FileTooLarge, NotTransferable, RequestRefused, TransferFailed } from "./errors.ts";
export type { Source } from "./origin-client.ts";
export { type ChooseSpans, transferFile } from "./transfer-file.ts";
export { createSmallFileClient, type SmallFileClient } from "./transfer-small-file.ts";
