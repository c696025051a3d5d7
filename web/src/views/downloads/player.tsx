import { useSignal } from "@preact/signals";
import type { Artifact, DownloadJob } from "@vidferry/sdk";
import { useRef } from "preact/hooks";
import { formatLength } from "../../format/time.ts";
import { playAddress } from "../../jobs/actions.ts";
import { t } from "../../language/language.ts";

/** Plays the result in place, with its subtitles and chapters, where the browser can. */
export function Player({ job }: { readonly job: DownloadJob }) {
  const player = useRef<HTMLVideoElement>(null);
  const isBroken = useSignal(false);
  const file = job.artifacts.find(({ kind }) => kind === "video" || kind === "audio");
  if (file === undefined || isBroken.value) return null;
  const tracks = job.artifacts.filter(
    ({ kind, contentType }) => kind === "subtitle" && contentType.startsWith("text/vtt"),
  );
  const chapters = job.media?.chapters ?? [];
  return (
    <section>
      {/* biome-ignore lint/a11y/useMediaCaption: those that the source has are below */}
      <video
        ref={player}
        class={file.kind}
        src={playAddress(file)}
        aria-label={t("do.play")}
        controls
        preload="metadata"
        playsInline
        onError={() => (isBroken.value = true)}
      >
        {tracks.map((track) => (
          <Track key={track.id} track={track} />
        ))}
      </video>
      {chapters.length > 0 && job.request.clip === undefined && (
        <ol class="chapters">
          {chapters.map(({ title, startSeconds }) => (
            <li key={startSeconds}>
              <button
                type="button"
                class="quiet"
                onClick={() => {
                  if (player.current !== null) player.current.currentTime = startSeconds;
                }}
              >
                {formatLength(startSeconds)} <bdi>{title}</bdi>
              </button>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Track({ track }: { readonly track: Artifact }) {
  const language = track.language ?? "und";
  return <track kind="subtitles" src={playAddress(track)} srclang={language} label={language} />;
}
