/** What to translate from and to, as BCP 47 tags. */
export interface TranslateOptions {
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
}

/** Translates the texts of captions by a machine. */
export interface Translator {
  /**
   * The translations, one for each text, in their order. Rejects with an `AppError` that says why there are none (the service
   * cannot be reached, refuses, or answers something else), or with the signal's reason.
   */
  translate(texts: readonly string[], options: TranslateOptions): Promise<readonly string[]>;
}
