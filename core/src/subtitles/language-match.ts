/** Names of the same language that locale data keeps apart. */
const sameLanguage: Readonly<Record<string, string>> = { no: "nb" };
/** Not one language, or none that is known. */
const noLanguage = new Set(["und", "mul", "mis", "zxx"]);

interface Language {
  readonly language: string;
  readonly script: string | undefined;
  readonly region: string | undefined;
  /** What the tag itself says beyond the language. */
  readonly saysScript: boolean;
  readonly saysRegion: boolean;
}

/** How well an offered language fits: 0 is the best. */
export const languageFit = { same: 0, alias: 1, base: 2, region: 3, script: 4 } as const;

/**
 * How well a language fits a wished one, both as BCP 47 tags; null: it is another language. Old and new names are the same (`iw`
 * and `he`), and so is what a tag leaves unsaid (`zh-CN` and `zh-Hans`). Next come the base for a region (`pt` for `pt-BR`), then
 * another region (`en-GB` for `en-US`). Another script fits only a wish that names neither script nor region.
 */
function fitOf(wish: string, offered: string): number | null {
  if (wish.toLowerCase() === offered.toLowerCase()) return languageFit.same;
  const [one, other] = [languageOf(wish), languageOf(offered)];
  if (one === null || other === null || one.language !== other.language) return null;
  if (one.script !== other.script) return one.saysScript || one.saysRegion ? null : languageFit.script;
  if (one.region === other.region) return languageFit.alias;
  return one.saysRegion === other.saysRegion ? languageFit.region : languageFit[one.saysRegion ? "base" : "region"];
}

/** Whether a language is one of those that a pattern such as `pt-*` means; `base` is the part before the star. */
export function isVariantOf(base: string, offered: string): boolean {
  return fitOf(base, offered) !== null;
}

/** The items whose language fits a wish, best first; of equal ones in their order. */
export function fitting<T>(
  wish: string,
  items: readonly T[],
  language: (item: T) => string,
): { readonly item: T; readonly fit: number }[] {
  return items
    .flatMap((item) => {
      const fit = fitOf(wish, language(item));
      return fit === null ? [] : [{ item, fit }];
    })
    .sort((one, other) => one.fit - other.fit);
}

function languageOf(tag: string): Language | null {
  try {
    const said = new Intl.Locale(tag);
    if (noLanguage.has(said.language)) return null;
    const { language, script, region } = said.maximize();
    return {
      language: sameLanguage[language] ?? language,
      script,
      region,
      saysScript: said.script !== undefined,
      saysRegion: said.region !== undefined,
    };
  } catch {
    return null;
  }
}
