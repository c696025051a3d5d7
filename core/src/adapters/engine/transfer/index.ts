export type { Dial } from "./connection.ts";
export { FileTooLarge, NotTransferable, TransferFailed } from "./errors.ts";
export type { Source } from "./origin-client.ts";
export { transferFile } from "./transfer-file.ts";
