import { type Signal, useSignal } from "@preact/signals";
import { AuthenticationError, type Probe } from "@vidferry/sdk";
import { useEffect } from "preact/hooks";
import type { Part } from "../../jobs/presets.ts";
import { t } from "../../language/language.ts";
import { Failure } from "../../parts/failure.tsx";
import { type Problem, problemOf } from "../../parts/problem.ts";
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
  const problem = useSignal<Problem | null>(null);
  const tries = useSignal(0);
  useEffect(() => {
    const left = new AbortController();
    const timer = setTimeout(() => {
      vidferry.probe(link, { limit: shownEntries, signal: left.signal }).then(
        (probe) => (found.value = probe),
        (error: unknown) => {
          // A key that may only read still sees its list.
          if (!left.signal.aborted && !(error instanceof AuthenticationError)) problem.value = problemOf(error);
        },
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [link, found, problem, tries.value]);
  if (problem.value !== null) {
    return (
      <Failure
        problem={problem.value}
        onRetry={() => {
          problem.value = null;
          tries.value += 1;
        }}
      />
    );
  }
  const probe = found.value;
  if (probe === null) {
    return (
      <p class="loading muted" role="status">
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
