/** A language tag by its parts, as CLDR completes them; null when it names none. */
function partsOf(tag: string): { readonly language: string; readonly script: string; readonly region: string } | null {
  try {
    const locale = new Intl.Locale(tag.replaceAll("_", "-")).maximize();
    const { language, script = "", region = "" } = locale;
    // `und` would be completed to English.
    if (/^(und|mis|mul|zxx)\b/i.test(tag)) return null;
    return { language: sameLanguage[language] ?? language, script, region };
  } catch {
    return null;
  }
}

/** Macrolanguages in place of which the one is written that nearly all mean. */
const sameLanguage: Readonly<Record<string, string>> = { no: "nb" };

/**
 * The language that comes nearest to the wished one: the same, with its older and longer names (`iw` for `he`, `ger` for `de`,
 * `no` for `nb`), else another region of it (`pt-PT` for `pt-BR`). Of equally near ones the first; null: there is none.
 */
export function nearestLanguage(wish: string, available: readonly string[]): string | null {
  const wanted = partsOf(wish);
  let nearest: { readonly tag: string; readonly distance: number } | null = null;
  for (const tag of available) {
    const distance = tag.toLowerCase() === wish.toLowerCase() ? 0 : distanceTo(wanted, tag);
    if (distance !== null && (nearest === null || distance < nearest.distance)) nearest = { tag, distance };
  }
  return nearest?.tag ?? null;
}

function distanceTo(wanted: ReturnType<typeof partsOf>, tag: string): number | null {
  const found = partsOf(tag);
  if (wanted === null || found === null || wanted.language !== found.language) return null;
  if (wanted.script !== found.script) return 3;
  return wanted.region === found.region ? 1 : 2;
}
