/** Names that recognisers use besides those of the locale data. */
const otherNames: Readonly<Record<string, string>> = {
  castilian: "es",
  chinese: "zh",
  flemish: "nl",
  haitian: "ht",
  hawaiian: "haw",
  letzeburgesch: "lb",
  mandarin: "zh",
  moldavian: "ro",
  moldovan: "ro",
  myanmar: "my",
  nynorsk: "nn",
  panjabi: "pa",
  pushto: "ps",
  sinhalese: "si",
  valencian: "ca",
};

let codesByName: ReadonlyMap<string, string> | undefined;

/** English names of languages and their codes. */
function codes(): ReadonlyMap<string, string> {
  if (codesByName !== undefined) return codesByName;
  const names = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" });
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  const all = letters.flatMap((one) => letters.map((other) => one + other));
  const named = all.flatMap((code) => {
    const name = names.of(code)?.toLowerCase();
    return name === undefined || Intl.getCanonicalLocales(code)[0] !== code ? [] : [[name, code] as const];
  });
  codesByName = new Map([...named, ...Object.entries(otherNames)]);
  return codesByName;
}

/** The language that a server names, by its code (`en`) or its English name (`english`), as a BCP 47 tag; null: none that is known. */
export function heardLanguage(named: string | null | undefined): string | null {
  const name = named?.trim().toLowerCase().replaceAll("_", "-") ?? "";
  const known = codes().get(name);
  if (known !== undefined) return known;
  if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/.test(name) || /^(und|mul|mis|zxx)\b/.test(name)) return null;
  return Intl.getCanonicalLocales(name)[0] ?? null;
}

/** The code by which servers know a language; null: they shall find it out. */
export function languageToName(tag: string | null): string | null {
  if (tag === null) return null;
  try {
    // An older name such as `iw` is replaced here alone.
    const { language } = new Intl.Locale(Intl.getCanonicalLocales(tag)[0] ?? tag);
    // Recognisers know Bokmål as Norwegian.
    return language === "nb" ? "no" : /^(und|mul|mis|zxx)$/.test(language) ? null : language;
  } catch {
    return null;
  }
}
