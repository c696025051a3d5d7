import { titleOf } from "./catalogue.ts";
import { playerPath, signatureTimestamp } from "./challenges.ts";
import type { SampleChannel, SampleVideo } from "./sample-video.ts";

const visitorData = "CgtTYW1wbGVWaXNpdA%3D%3D";
const clientVersion = "2.20260708.00.00";

/** The settings that every page of the site carries in its `ytcfg`, for the player that it has. */
const pageConfig = (clientName: string) => ({
  INNERTUBE_API_KEY: "sample",
  INNERTUBE_CLIENT_NAME: clientName,
  INNERTUBE_CLIENT_VERSION: clientVersion,
  STS: signatureTimestamp,
  VISITOR_DATA: visitorData,
  PLAYER_JS_URL: playerPath,
  INNERTUBE_CONTEXT: { client: { hl: "en", gl: "US", clientName, clientVersion, visitorData } },
});

/**
 * A page of the site: its settings and the data its script would draw.
 * @param clientName YouTube's name of the page's player
 */
export function page(data: Readonly<Record<string, unknown>> = {}, clientName = "WEB"): string {
  const variables = Object.entries(data).map(([name, value]) => `<script>var ${name} = ${inScript(value)};</script>`);
  return [
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>YouTube</title></head><body>',
    `<script>ytcfg.set(${inScript(pageConfig(clientName))});</script>`,
    ...variables,
    "</body></html>",
  ].join("\n");
}

/** What surrounds the player on a watch page: title, channel, subscribers. */
export function watchData(video: SampleVideo, channel: SampleChannel): object {
  const owner = { title: { runs: [{ text: channel.title }] }, subscriberCountText: { simpleText: "1.2K subscribers" } };
  const contents = [
    { videoPrimaryInfoRenderer: { title: { runs: [{ text: titleOf(video) }] } } },
    { videoSecondaryInfoRenderer: { owner: { videoOwnerRenderer: owner } } },
  ];
  return { contents: { twoColumnWatchNextResults: { results: { results: { contents } } } } };
}

/** JSON that is safe inside a script element: a title may hold `</script>`. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
