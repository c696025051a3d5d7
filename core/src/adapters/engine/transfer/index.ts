export type { Dial } from "./connection.ts";
export { FileTooLarge, NotTransferable, TransferFailed } from "./errors.ts";
export type { Source } from "./origin-client.ts";
export { type TransferOptions, type Transferred, type TransferTask, transferFile } from "./transfer-file.ts";
