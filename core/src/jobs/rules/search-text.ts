import { storableText } from "./storable.ts";

/** The form in which URLs, titles and what is searched in them are compared: case does not matter, in any script. */
export function searchText(text: string): string {
  return storableText(text).toLowerCase();
}
