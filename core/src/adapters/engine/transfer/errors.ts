/** The transfer is not for us, and nothing of it was fetched: another downloader may try. */
export class NotTransferable extends Error {
  override readonly name = "NotTransferable";
}

/** The origin has answered with a status that ends the transfer, or the connections broke too often. */
export class TransferFailed extends Error {
  override readonly name = "TransferFailed";
}

/** The origin has another file now, or does not keep to ranges: what is there cannot be continued. */
export class FileChanged extends Error {
  override readonly name = "FileChanged";
}

/** The file is larger than it may be. */
export class FileTooLarge extends Error {
  override readonly name = "FileTooLarge";
  readonly bytes: number;

  constructor(bytes: number) {
    super(`the file has ${bytes} bytes`);
    this.bytes = bytes;
  }
}

/** A connection broke, stalled, or could not be made: another one may do better. */
export class ConnectionBroken extends Error {
  override readonly name = "ConnectionBroken";
}

/** The origin refused a request with this status. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
  readonly status: number;

  constructor(status: number, reason: string) {
    super(`HTTP Error ${status}: ${reason}`);
    this.status = status;
  }
}
