/** Why a client of the guard is refused: an HTTP status and a reason without secrets. */
export class EgressError extends Error {
  override readonly name = "EgressError";
  readonly status: number;
  /** The status line's text: the only part of a proxy's answer that every client includes in its error message. */
  readonly phrase: string;

  constructor(status: number, phrase: string, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.status = status;
    this.phrase = phrase;
  }
}

/** The status line's text when a host is refused; the yt-dlp adapter maps it to `host_not_allowed`. */
export const refusalPhrase = "Host not allowed by Vidferry";

/** The same when the address is of another kind than http and https; it becomes `unsupported_url`. */
export const schemePhrase = "Scheme not allowed by Vidferry";

/** The refusal of a host. */
export function refusal(detail: string): EgressError {
  return new EgressError(403, refusalPhrase, detail);
}

/** The connection to an allowed host failed. */
export function badGateway(phrase: string, cause?: unknown): EgressError {
  return new EgressError(502, phrase, phrase, { cause });
}

/** The operator's proxy failed, not what lies behind it. */
export class UpstreamError extends EgressError {
  /** What it did, for people: follows "it". */
  readonly detail: string;

  constructor(status: 502 | 504, phrase: string, detail: string, cause?: unknown) {
    super(status, phrase, phrase, { cause });
    this.detail = detail;
  }
}

/** The connection to an allowed host timed out. */
export function gatewayTimeout(phrase: string): EgressError {
  return new EgressError(504, phrase, phrase);
}
