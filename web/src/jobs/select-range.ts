/**
 * What is selected after a person selected an entry of a list, or no longer; with the one before also all between the two.
 * @param before the entry that a range begins at; null: there is no range
 */
export function selectRange(
  ids: readonly string[],
  chosen: ReadonlySet<string>,
  id: string,
  before: string | null,
): ReadonlySet<string> {
  const next = new Set(chosen);
  const isOn = !next.has(id);
  const [at, from] = [ids.indexOf(id), before === null ? -1 : ids.indexOf(before)];
  const span = at < 0 || from < 0 ? [id] : ids.slice(Math.min(at, from), Math.max(at, from) + 1);
  for (const one of span) {
    if (isOn) next.add(one);
    else next.delete(one);
  }
  return next;
}
