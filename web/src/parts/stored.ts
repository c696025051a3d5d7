const prefix = "vidferry.";

/** What was stored on this device; the fallback where there is nothing, or where storage is blocked. */
export function readStored<T>(name: string, fallback: T): T {
  try {
    const text = localStorage.getItem(prefix + name);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

/** Stores for the next visit. Where storage is blocked or full, the choice lasts as long as the page. */
export function store(name: string, value: unknown): void {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Nothing that a person could do about it here.
  }
}
