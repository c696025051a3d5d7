import type { Signal } from "@preact/signals";
import type { Probe } from "@vidferry/sdk";
import { formatBytes } from "../../format/bytes.ts";
import { formatLength } from "../../format/time.ts";
import { changePart } from "../../jobs/clip.ts";
import type { Part } from "../../jobs/presets.ts";
import { t } from "../../language/language.ts";
import { Thumbnail } from "../../parts/thumbnail.tsx";
import { ClipPicker } from "./clip-picker.tsx";

type Video = Extract<Probe, { kind: "video" }>;

/** What a video offers: what it is, how large in which quality, its languages and chapters, and a part of it to choose. */
export function VideoCard({ video, part }: { readonly video: Video; readonly part: Signal<Part | null> }) {
  const { media, subtitles } = video;
  const languages = namesOf(subtitles);
  const facts = [
    media.channel ?? "",
    media.isLive ? t("probe.live") : media.durationSeconds === null ? "" : formatLength(media.durationSeconds),
  ].filter((fact) => fact !== "");
  return (
    <section class="probe">
      <Thumbnail address={media.thumbnailUrl} />
      <div>
        <h2>
          <bdi>{media.title}</bdi>
        </h2>
        <p class="muted">{facts.join(" · ")}</p>
        <p class="sizes">
          {sizesOf(video).map(([height, bytes]) => (
            <span key={height} class="chip">
              {height}p{bytes === null ? "" : ` ${t("probe.size", { size: formatBytes(bytes) })}`}
            </span>
          ))}
        </p>
        {languages.length > 0 && (
          <details>
            <summary>{t("probe.languages", { count: languages.length })}</summary>
            <p class="muted small">{languages.join(", ")}</p>
          </details>
        )}
        {media.chapters.length > 0 && (
          <details>
            <summary>{t("probe.chapters", { count: media.chapters.length })}</summary>
            <Chapters media={media} part={part} />
          </details>
        )}
        {media.durationSeconds !== null && !media.isLive && <ClipPicker seconds={media.durationSeconds} part={part} />}
      </div>
    </section>
  );
}

/** Chapters, each of which can be chosen as the part to download. */
function Chapters({ media, part }: { readonly media: Video["media"]; readonly part: Signal<Part | null> }) {
  const length = Math.max(1, Math.floor(media.durationSeconds ?? 0));
  return (
    <ol class="chapters">
      {media.chapters.map(({ title, startSeconds, endSeconds }) => (
        <li key={startSeconds}>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              const [start, end] = [Math.floor(startSeconds), Math.ceil(endSeconds)];
              part.value = changePart(null, length, { start, end });
            }}
          >
            {formatLength(startSeconds)} <bdi>{title}</bdi>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** Names of the languages that there are subtitles in, those that people made first. */
function namesOf(subtitles: Video["subtitles"]): string[] {
  const sorted = subtitles.toSorted((a, b) => Number(a.automatic) - Number(b.automatic));
  return [...new Map(sorted.map(({ language, name }) => [language, name ?? language])).values()];
}

/** Each height with the size of its smallest picture and the sound; null: not known. */
function sizesOf({ formats }: Video): [number, number | null][] {
  const sounds = formats.filter((one) => one.videoCodec === null && one.audioCodec !== null);
  const sound = Math.min(...sounds.map(({ bytes }) => bytes ?? Number.POSITIVE_INFINITY));
  const sizes = new Map<number, number | null>();
  for (const { height, bytes, videoCodec, audioCodec } of formats) {
    if (height === null || videoCodec === null) continue;
    const whole = bytes === null ? null : bytes + (audioCodec === null && Number.isFinite(sound) ? sound : 0);
    const known = sizes.get(height);
    sizes.set(height, known == null ? whole : whole === null ? known : Math.min(known, whole));
  }
  return [...sizes].sort(([a], [b]) => b - a).slice(0, 9);
}
