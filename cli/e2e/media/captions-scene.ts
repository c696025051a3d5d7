import { writeFile } from "node:fs/promises";
import { type LibreTranslateServer, startLibreTranslate } from "@vidferry/testing";
import { h264, type MediaScene, setMediaScene } from "./media-scene.ts";

/** A page with a black video and captions of several formats, a service, and a server that translates. */
export interface CaptionsScene extends AsyncDisposable {
  readonly media: MediaScene;
  readonly translator: LibreTranslateServer;
}

/** How long the video is; captions in English go on after it. */
export const seconds = 8;

/** Sets the scene; the page is `black.html`. */
export async function setCaptionsScene(): Promise<CaptionsScene> {
  const translator = await startLibreTranslate({ key: "secret" });
  const media = await setMediaScene({
    WORKER_CONCURRENCY: "2",
    LIBRETRANSLATE_URL: translator.url,
    LIBRETRANSLATE_API_KEY: "secret",
  });
  media.make(...["-f", "lavfi", "-i", `color=c=black:s=160x90:r=25:d=${seconds}`], ...h264(), "black.mp4");
  const track = (language: string, file: string) => `<track kind="subtitles" srclang="${language}" src="${file}">`;
  const tracks = [
    track("en", "late.vtt"),
    track("de", "dialogue.ass"),
    track("fr", "timed.ttml"),
    track("ru", "old.srt"),
    track("iw", "old-name.vtt"),
  ];
  await media.write("black.html", `<title>Black</title><video src="black.mp4">${tracks.join("")}</video>`);
  await media.write(
    "late.vtt",
    "WEBVTT\n\n00:02.000 --> 00:04.000\nWWWWWWWW\n\n00:07.000 --> 00:45.000\n \u200bWWWW\n\n00:50.000 --> 00:51.000\nafter\n",
  );
  const ass =
    "[Script Info]\n\n[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,{\\i1}Hallo, Welt\n";
  await media.write("dialogue.ass", ass);
  await media.write("timed.ttml", `<tt xml:lang="fr"><body><p begin="1s" end="2s">Bonjour</p></body></tt>`);
  // windows-1251.
  const russian = [...("Привет, как дела" as string)].map((letter) => {
    const code = letter.charCodeAt(0);
    return code < 0x80 ? code : code - 0x410 + 0xc0;
  });
  const timing = Buffer.from("1\r\n00:00:01,000 --> 00:00:02,000\r\n");
  await writeFile(media.at("old.srt"), Buffer.concat([timing, Buffer.from(russian)]));
  await media.write("old-name.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nשלום\n");
  return {
    media,
    translator,
    [Symbol.asyncDispose]: async () => {
      await media[Symbol.asyncDispose]();
      await translator[Symbol.asyncDispose]();
    },
  };
}
