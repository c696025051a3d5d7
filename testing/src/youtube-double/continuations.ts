import type { Catalogue } from "./catalogue.ts";
import { cards, isChannelTab } from "./channel-tabs.ts";
import { entries } from "./listings.ts";

/** Answers a continuation token of a playlist or a channel's tab: the next page. */
export function continuation(catalogue: Catalogue, token: string): object {
  const [kind, id = "", ...rest] = token.split(":");
  const playlist = catalogue.playlists.get(id);
  const channel = catalogue.channels.get(id);
  const [tab = "", from] = rest;
  let continuationItems: object[] = [];
  if (kind === "list" && playlist) continuationItems = entries(catalogue, playlist, Number(tab));
  if (kind === "tab" && channel && isChannelTab(tab)) continuationItems = cards(catalogue, channel, tab, Number(from));
  return { onResponseReceivedActions: [{ appendContinuationItemsAction: { continuationItems } }] };
}
