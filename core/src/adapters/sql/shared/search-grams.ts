/** How many characters a group has. */
const length = 3;

// What is looked for is compared with the text itself in the end: a few groups that are rare together leave little to compare.
const most = 12;

const everyday = new Set(["https://www.youtube.com/watch?v=", "https://youtu.be/"].flatMap(groups));

/**
 * The groups of three characters by which the index finds a text of three characters or more. Those that stand in nearly
 * every job say nothing and take the longest to look through, so they are left out where there are others.
 */
export function searchGrams(text: string): readonly string[] {
  const all = [...new Set(groups(text))];
  const telling = all.filter((gram) => !everyday.has(gram));
  const usable = telling.length > 0 ? telling : all;
  const step = Math.max(1, usable.length / most);
  return usable.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

/** Whether a text has groups at all; what begins with a shorter one is found instead. */
export const hasGrams = (text: string): boolean => groups(text).length > 0;

function groups(text: string): string[] {
  const characters = [...text];
  return characters.slice(length - 1).map((_, index) => characters.slice(index, index + length).join(""));
}
