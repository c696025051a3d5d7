/** Texts and characters in one request: servers limit both, and a slow one shall answer in time. */
const mostTexts = 25;
const mostCharacters = 2_000;

/** The texts in batches, each with at least one. */
export function* batchesOf(texts: readonly string[]): Generator<readonly string[]> {
  let batch: string[] = [];
  let characters = 0;
  for (const text of texts) {
    if (batch.length > 0 && (batch.length === mostTexts || characters + text.length > mostCharacters)) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(text);
    characters += text.length;
  }
  if (batch.length > 0) yield batch;
}
