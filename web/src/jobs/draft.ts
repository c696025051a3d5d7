import { signal } from "@preact/signals";
import { hrefOf } from "../route.ts";
import { linksIn } from "./links.ts";
import type { Part } from "./presets.ts";

/** What is in the field for links, which stays while other views are shown. */
export const draft = signal(sharedText());
/** The part of the video that was chosen; null: all of it. */
export const draftPart = signal<Part | null>(null);

/** Puts links into the field. */
export function setDraft(text: string): void {
  draft.value = text;
  draftPart.value = null;
}

/** What the share sheet of a phone handed over, once: a reload must not bring it back. */
function sharedText(): string {
  const query = new URLSearchParams(location.search);
  const given = ["url", "text", "title"].map((name) => query.get(name) ?? "").join("\n");
  const links = linksIn(given);
  if (links.length > 0) history.replaceState(null, "", hrefOf("/"));
  return links.join("\n");
}
