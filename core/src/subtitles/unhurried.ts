/** Longest stretch of work in one go, in milliseconds. */
const stretchMs = 10;

/** Joins pieces that are made while they are taken, and lets others run in between: a day of captions takes a while to write. */
export async function unhurried(pieces: Iterable<string>): Promise<string> {
  const taken: string[] = [];
  let since = performance.now();
  for (const piece of pieces) {
    taken.push(piece);
    if (performance.now() - since < stretchMs) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    since = performance.now();
  }
  return taken.join("");
}
