import { createHash } from "node:crypto";
import { answer, answerJson } from "../http/answer.ts";
import type { Exchange } from "../http/request-log.ts";
import { type Catalogue, secondsOf } from "./catalogue.ts";

/**
 * Answers `GET /api/skipSegments/<start of the id's SHA-256>`: the segments of every video whose hash begins so. The client asks by
 * hash to keep from SponsorBlock which video it means.
 */
export function answerSponsorBlock(exchange: Exchange, catalogue: Catalogue): void {
  const prefix = /^\/api\/skipSegments\/([0-9a-f]{4,32})$/.exec(exchange.url.pathname)?.[1];
  if (prefix === undefined) {
    answerJson(exchange, 400, {});
    return;
  }
  const asked = [...catalogue.videos.values()].filter(({ id }) =>
    createHash("sha256").update(id).digest("hex").startsWith(prefix),
  );
  const fault = asked.find(({ sponsorFault }) => sponsorFault !== undefined)?.sponsorFault;
  if (fault !== undefined) {
    answer(exchange, fault.status, "application/json", fault.body);
    return;
  }
  const found = asked.filter(({ sponsorSegments }) => sponsorSegments !== undefined);
  const answers = found.map((video) => ({
    videoID: video.id,
    segments: (video.sponsorSegments ?? []).map((segment, index) => ({
      segment: [segment.startSeconds, segment.endSeconds],
      UUID: `${video.id}-${index}`,
      category: segment.category,
      videoDuration: secondsOf(video),
      actionType: "skip",
      locked: 0,
      votes: 1,
      description: "",
    })),
  }));
  answerJson(exchange, found.length > 0 ? 200 : 404, answers);
}
