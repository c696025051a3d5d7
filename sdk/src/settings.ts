import { VidferryError } from "./errors.ts";

/** Where the service is, checked. Without `text` it is that of the environment variable `VIDFERRY_URL`. */
export function readBaseUrl(text: string | undefined): string {
  const given = text ?? environment("VIDFERRY_URL");
  if (given === undefined) throw new VidferryError("baseUrl is missing: give it, or set VIDFERRY_URL.");
  const url = URL.canParse(given) ? new URL(given) : null;
  const needed = "baseUrl must be the http or https address of a Vidferry service";
  if (url === null || !/^https?:$/.test(url.protocol)) throw new VidferryError(`${needed}, as http://127.0.0.1:8080.`);
  if (url.username !== "" || url.password !== "") {
    throw new VidferryError(`${needed} without a user name and a password: fetch takes none. Put them into headers.`);
  }
  if (/[?#]/.test(given)) throw new VidferryError(`${needed} without a query: paths are added to its end.`);
  const base = given.trim().replace(/\/+$/, "");
  if (/\/api\/v\d+$/.test(base)) throw new VidferryError(`${needed} without /api/v1, which the client adds.`);
  return base;
}

/** The key, checked. Without `key` it is that of the environment variable `VIDFERRY_API_KEY`; undefined: none. */
export function readApiKey(key: string | undefined): string | undefined {
  const given = key ?? environment("VIDFERRY_API_KEY");
  // Headers carry no more; most often a blank, a line break or a typographic sign was copied along.
  if (given !== undefined && !/^[\x21-\x7e]+$/.test(given)) {
    const what = given === "" ? "is empty" : "has a blank, a line break, or a letter that no key has";
    throw new VidferryError(`apiKey ${what}. Copy it again, or leave it out where the service needs none.`);
  }
  return given;
}

/** The headers, checked. */
export function readHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers([[name, value]]);
    } catch (cause) {
      throw new VidferryError(`headers: ${JSON.stringify(name)} cannot be sent, in its name or its value.`, { cause });
    }
  }
  return headers;
}

/** A variable of the process, where there is one; empty counts as not set. Deno asks for the permission or refuses it. */
export function environment(name: string): string | undefined {
  const { process } = globalThis as {
    readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  };
  try {
    return process?.env?.[name] || undefined;
  } catch {
    return undefined;
  }
}
