/** This file cannot be transferred here, and nothing of it was fetched: another downloader may try. */
export class NotTransferable extends Error {
  override readonly name = "NotTransferable";
}

/** The origin answered with a status that ends the transfer, or connections broke too often. */
export class TransferFailed extends Error {
  override readonly name = "TransferFailed";
}

/** The origin has another file now, or does not honour ranges: the part cannot be continued. */
export class FileChanged extends Error {
  override readonly name = "FileChanged";
}

/** The file exceeds the size limit. */
export class FileTooLarge extends Error {
  override readonly name = "FileTooLarge";
  readonly bytes: number;

  constructor(bytes: number) {
    super(`the file has ${bytes} bytes`);
    this.bytes = bytes;
  }
}

/** A connection broke, stalled, or could not be opened: another one may succeed. */
export class ConnectionBroken extends Error {
  override readonly name = "ConnectionBroken";
}

/** The origin refused a request with this status. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
  readonly status: number;
  /** How long the origin asks to wait (`Retry-After`); null: it does not say. */
  readonly retryAfterMs: number | null;

  constructor(status: number, reason: string, retryAfterMs: number | null = null) {
    super(`HTTP Error ${status}: ${reason}`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}
