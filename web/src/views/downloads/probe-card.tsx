import { type Signal, useSignal } from "@preact/signals";
import { AuthenticationError, type Probe } from "@vidferry/sdk";
import { useEffect } from "preact/hooks";
import type { Part } from "../../jobs/presets.ts";
import { t } from "../../language/language.ts";
import { describe } from "../../parts/notices.ts";
import { vidferry } from "../../service.ts";
import { PlaylistPicker } from "./playlist-picker.tsx";
import { VideoCard } from "./video-card.tsx";

/** How long a link stays unchanged before the source is asked, in milliseconds: people type links, too. */
const restMs = 500;
/** Entries of a list that are shown to choose from. */
const shownEntries = 100;

interface ProbeCardProps {
  readonly link: string;
  readonly part: Signal<Part | null>;
  readonly begin: (work: () => Promise<unknown>, count: number) => void;
}

/** What a link offers. It is a preview: a download can begin before it is there, and when it cannot be had. */
export function ProbeCard({ link, part, begin }: ProbeCardProps) {
  const found = useSignal<Probe | null>(null);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    const left = new AbortController();
    const timer = setTimeout(() => {
      vidferry.probe(link, { limit: shownEntries, signal: left.signal }).then(
        (probe) => (found.value = probe),
        (error: unknown) => {
          // A key that may only read still sees its list.
          if (!left.signal.aborted && !(error instanceof AuthenticationError)) problem.value = describe(error);
        },
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [link, found, problem]);
  if (problem.value !== null) {
    return (
      <p class="problem" role="alert">
        {problem.value}
      </p>
    );
  }
  const probe = found.value;
  if (probe === null) {
    return (
      <p class="muted" role="status">
        {t("paste.looking")}
      </p>
    );
  }
  return probe.kind === "video" ? (
    <VideoCard video={probe} part={part} />
  ) : (
    <PlaylistPicker list={probe} link={link} begin={begin} />
  );
}
