/** What a key may do. Each scope allows its own operations and nothing else, but `admin`, which allows everything. */
export const scopes = ["downloads:read", "downloads:write", "files:read", "webhooks", "admin"] as const;
export type Scope = (typeof scopes)[number];

/** Short names for several scopes at once. The keys of earlier versions have no others. */
export const scopeAliases = {
  read: ["downloads:read", "files:read"],
  write: ["downloads:read", "files:read", "downloads:write", "webhooks"],
} as const satisfies Record<string, readonly Scope[]>;

/** A scope as it is granted and stored: an alias stays one, so that it grows with the operations that it stands for. */
export type KeyScope = Scope | keyof typeof scopeAliases;

/** Every name that a key can be granted. */
export const keyScopes = [...scopes, "read", "write"] as const satisfies readonly KeyScope[];

export const isKeyScope = (text: string): text is KeyScope => (keyScopes as readonly string[]).includes(text);

/** The granted scopes without aliases, each once and in the order of {@link scopes}. Names that this version does not know grant nothing. */
export function canonicalScopes(granted: readonly KeyScope[]): readonly Scope[] {
  const meant = new Set<string>(
    granted.flatMap((name): readonly string[] => (name === "read" || name === "write" ? scopeAliases[name] : [name])),
  );
  return scopes.filter((scope) => meant.has(scope));
}

/** Whether these (canonical) scopes allow what needs the scope. */
export const allows = (held: readonly Scope[], needed: Scope): boolean =>
  held.includes(needed) || held.includes("admin");
