import { type CaptionFormat, captionCues, captionDocument, spokenCues, spokenDocument } from "../captions.ts";
import type { Clips } from "../clips.ts";
import { answer, answerBytes, answerFault, answerJson } from "../http/answer.ts";
import { fileSource } from "../http/byte-source.ts";
import { createFaultCounter } from "../http/faults.ts";
import { type Handler, readJson } from "../http/origin-server.ts";
import type { Exchange } from "../http/request-log.ts";
import type { Catalogue } from "./catalogue.ts";
import { iframeScript, playerPath, playerScript } from "./challenges.ts";
import { channelData, isChannelTab } from "./channel-tabs.ts";
import { continuation } from "./continuations.ts";
import { alertData, channelOf, playlistData } from "./listings.ts";
import { createMediaShelf } from "./media.ts";
import { page, watchData } from "./pages.ts";
import { playabilities } from "./playability.ts";
import { playerResponse } from "./player-response.ts";
import type { SampleVideo } from "./sample-video.ts";
import { answerSponsorBlock } from "./sponsor-block.ts";

const html = "text/html; charset=utf-8";

/**
 * Answers for youtube.com and the hosts it leans on, out of a catalogue.
 * @param isTurnedAway whether a client at this port of 127.0.0.1 is taken for a bot
 */
export function createSite(
  catalogue: Catalogue,
  clips: Clips,
  playerBytes: number,
  isTurnedAway: (port: number | undefined) => boolean,
): Handler {
  const player = playerScript(playerBytes);
  const faults = createFaultCounter();
  const media = createMediaShelf(clips, faults);
  const find = (id: string): SampleVideo | undefined => catalogue.videos.get(id);
  /** YouTube's answer for an unknown id. */
  const findOrUnknown = (id: string): SampleVideo => find(id) ?? { id, playability: playabilities.unavailable };

  /** The video as this client sees it. */
  function seenBy(exchange: Exchange, video: SampleVideo): SampleVideo {
    if (isTurnedAway(exchange.request.socket.remotePort)) return { ...video, playability: playabilities.botCheck };
    const cookies = (exchange.entry.cookie ?? "").split("; ");
    const isKnown = video.openedBy !== undefined && cookies.includes(video.openedBy);
    if (!isKnown && !video.openTo?.includes(exchange.entry.client ?? "")) return video;
    const { playability: _, ...open } = video;
    return open;
  }

  async function watchPage(exchange: Exchange, id: string): Promise<void> {
    const video = seenBy(exchange, findOrUnknown(id));
    if (await answerFault(exchange, faults.next(`page:${id}`, video.pageFaults))) return;
    const channel = channelOf(catalogue, video);
    const ytInitialPlayerResponse = await playerResponse(video, channel, media);
    if (video.setCookies) exchange.response.setHeader("set-cookie", [...video.setCookies]);
    answer(exchange, 200, html, page({ ytInitialPlayerResponse, ytInitialData: watchData(video, channel) }));
  }

  async function api(exchange: Exchange): Promise<void> {
    const body = await readJson(exchange.request);
    exchange.entry.client = clientName(body);
    const video = seenBy(exchange, findOrUnknown(String(body["videoId"])));
    switch (exchange.url.pathname) {
      case "/youtubei/v1/player":
        if (await answerFault(exchange, faults.next(`player:${video.id}`, video.pageFaults))) return;
        return answerJson(exchange, 200, await playerResponse(video, channelOf(catalogue, video), media));
      case "/youtubei/v1/next":
        return answerJson(exchange, 200, watchData(video, channelOf(catalogue, video)));
      case "/youtubei/v1/browse":
        return answerJson(exchange, 200, browse(body));
      default:
        return answerJson(exchange, 404, {});
    }
  }

  function browse(body: Readonly<Record<string, unknown>>): object {
    if (typeof body["continuation"] === "string") return continuation(catalogue, body["continuation"]);
    const id = String(body["browseId"]);
    const channel = catalogue.channels.get(id);
    if (channel) return channelData(catalogue, channel, "videos");
    return playlistData(catalogue, catalogue.playlists.get(id.replace(/^VL/, "")));
  }

  async function captions(exchange: Exchange): Promise<void> {
    const query = exchange.url.searchParams;
    const video = find(query.get("v") ?? "");
    const language = query.get("tlang") ?? query.get("lang") ?? "en";
    if (!video) return answer(exchange, 404, "text/plain", "");
    if (await answerFault(exchange, faults.next(`captions:${video.id}:${language}`, video.captionFaults?.[language])))
      return;
    const format = (query.get("fmt") ?? "srv1") as CaptionFormat;
    const track = video.captions?.find(({ language: own, automatic = false }) => {
      return own === language && automatic === (query.get("kind") === "asr") && !query.has("tlang");
    });
    const spoken = query.get("kind") === "asr" && !query.has("tlang");
    const text = spoken
      ? spokenDocument(format, track?.cues ?? spokenCues(language), language)
      : captionDocument(format, track?.cues ?? captionCues(language), language);
    answer(exchange, 200, format === "json3" ? "application/json" : "text/plain; charset=utf-8", text);
  }

  async function thumbnail(exchange: Exchange): Promise<void> {
    const [, id = "", name = ""] = /^\/vi\/([^/]+)\/(hqdefault|maxresdefault)\.jpg$/.exec(exchange.url.pathname) ?? [];
    if (name === "" || find(id)?.thumbnail === false) return answer(exchange, 404, "text/plain", "");
    await answerBytes(exchange, await fileSource(clips.path("thumbnail.jpg")), "image/jpeg");
  }

  async function listing(exchange: Exchange): Promise<void> {
    const { pathname, searchParams } = exchange.url;
    if (pathname === "/playlist") {
      const data = playlistData(catalogue, catalogue.playlists.get(searchParams.get("list") ?? ""));
      return answer(exchange, 200, html, page({ ytInitialData: data }));
    }
    const [, name = "", tab = "videos"] = /^\/(?:channel\/)?(UC[\w-]{22}|@[^/]+)(?:\/(\w+))?$/.exec(pathname) ?? [];
    const channel = [...catalogue.channels.values()].find(({ id, handle }) => id === name || handle === name);
    if (!channel) return answer(exchange, 404, html, page({ ytInitialData: alertData("This page isn't available.") }));
    // The site shows another tab in place of one that it does not have.
    const shown = isChannelTab(tab) ? tab : "videos";
    answer(exchange, 200, html, page({ ytInitialData: channelData(catalogue, channel, shown) }));
  }

  return async (exchange) => {
    const { hostname, pathname, searchParams } = exchange.url;
    if (hostname.endsWith(".googlevideo.com")) return media.serve(exchange, find);
    if (hostname.endsWith(".ytimg.com")) return thumbnail(exchange);
    if (hostname === "sponsor.ajay.app") return answerSponsorBlock(exchange, catalogue);
    if (hostname === "youtu.be") return watchPage(exchange, pathname.slice(1));
    if (pathname === "/watch") return watchPage(exchange, searchParams.get("v") ?? "");
    if (pathname.startsWith("/youtubei/")) return api(exchange);
    if (pathname === "/api/timedtext") return captions(exchange);
    if (pathname === "/iframe_api") return answer(exchange, 200, "text/javascript; charset=utf-8", iframeScript);
    if (pathname === playerPath) return answer(exchange, 200, "text/javascript; charset=utf-8", player);
    if (pathname === "/" || pathname === "/tv" || pathname.startsWith("/embed/"))
      return answer(exchange, 200, html, page({}, hostname === "m.youtube.com" ? "MWEB" : "WEB"));
    const [, shown] = /^\/(?:shorts|live)\/([\w-]{11})$/.exec(pathname) ?? [];
    if (shown !== undefined) return watchPage(exchange, shown);
    return listing(exchange);
  };
}

function clientName(body: Readonly<Record<string, unknown>>): string | null {
  const context = body["context"] as { client?: { clientName?: unknown } } | undefined;
  const name = context?.client?.clientName;
  return typeof name === "string" ? name : null;
}
