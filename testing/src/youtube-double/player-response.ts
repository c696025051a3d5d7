import { secondsOf, titleOf } from "./catalogue.ts";
import type { MediaShelf } from "./media.ts";
import type { SampleChannel, SampleVideo } from "./sample-video.ts";

const languageNames: Readonly<Record<string, string>> = {
  en: "English",
  de: "German",
  fr: "French",
  es: "Spanish",
  ja: "Japanese",
};

/** YouTube's answer to "how is this video played", as the watch page and the player API give it. */
export async function playerResponse(video: SampleVideo, channel: SampleChannel, media: MediaShelf): Promise<object> {
  const seconds = String(video.live === "now" ? 0 : secondsOf(video));
  const uploaded = `${video.uploadedOn ?? "2026-01-02"}T03:04:05-08:00`;
  const isLiveContent = video.live !== undefined;
  const videoDetails = {
    videoId: video.id,
    title: titleOf(video),
    lengthSeconds: seconds,
    channelId: channel.id,
    shortDescription: describe(video),
    thumbnail: {
      thumbnails: [{ url: `https://i.ytimg.com/vi/${video.id}/hqdefault.jpg`, width: 480, height: 360 }],
    },
    viewCount: "1234",
    author: channel.title,
    keywords: ["sample", "video"],
    isLiveContent,
    ...(video.live === "now" ? { isLive: true } : {}),
    ...(video.live === "upcoming" ? { isUpcoming: true } : {}),
  };
  const microformat = {
    playerMicroformatRenderer: {
      title: { simpleText: videoDetails.title },
      lengthSeconds: seconds,
      isFamilySafe: true,
      publishDate: uploaded,
      uploadDate: uploaded,
      category: "Education",
      ownerProfileUrl: `http://www.youtube.com/${channel.handle}`,
      externalChannelId: channel.id,
      ownerChannelName: channel.title,
      ...(video.live && video.startsAt ? { liveBroadcastDetails: broadcast(video, video.startsAt) } : {}),
    },
  };
  if (video.playability) return { playabilityStatus: video.playability, videoDetails, microformat };
  return {
    playabilityStatus: { status: "OK", playableInEmbed: true },
    videoDetails,
    microformat,
    captions: captionList(video),
    streamingData: await media.streamingData(video),
  };
}

/** YouTube makes chapters of the description's lines that begin with a time. */
function describe(video: SampleVideo): string {
  const chapters = (video.chapters ?? []).map(({ startSeconds, title }) => {
    const seconds = String(startSeconds % 60).padStart(2, "0");
    return `${Math.floor(startSeconds / 60)}:${seconds} ${title}`;
  });
  return [video.description ?? "A sample video.", ...chapters].join("\n");
}

function broadcast(video: SampleVideo, startsAt: number): object {
  return { isLiveNow: video.live === "now", startTimestamp: new Date(startsAt * 1000).toISOString() };
}

function captionList(video: SampleVideo): object {
  const tracks = video.captions ?? [{ language: "en" }, { language: "en", automatic: true }];
  const captionTracks = tracks.map(({ language, automatic }) => {
    const name = languageNames[language] ?? language;
    const kind = automatic ? "&kind=asr&caps=asr" : "";
    return {
      baseUrl: `https://www.youtube.com/api/timedtext?v=${video.id}&lang=${language}${kind}`,
      name: { simpleText: automatic ? `${name} (auto-generated)` : name },
      vssId: `${automatic ? "a" : ""}.${language}`,
      languageCode: language,
      isTranslatable: true,
      ...(automatic ? { kind: "asr" } : {}),
    };
  });
  const translationLanguages = (video.translations ?? Object.keys(languageNames)).map((language) => ({
    languageCode: language,
    languageName: { simpleText: languageNames[language] ?? language },
  }));
  return { playerCaptionsTracklistRenderer: { captionTracks, translationLanguages } };
}
