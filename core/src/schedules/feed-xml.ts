import type { Job } from "../jobs/job.ts";
import type { StoredArtifact } from "../library/artifact.ts";
import type { Schedule } from "./schedule.ts";
import { linkOf } from "./work.ts";

/** Addresses that a feed names, all of them absolute. */
export interface FeedLinks {
  /** Of the feed itself. */
  readonly self: string;
  file(job: Job, artifact: StoredArtifact): string;
}

/** What a podcast player plays. */
const playable: ReadonlySet<string> = new Set(["audio", "video"]);

/**
 * A feed of downloads as RSS 2.0 with Apple's additions for podcasts: an item for each audio or video file. The same downloads
 * give the same text, so that its tag changes only with them.
 */
export function feedXml(
  schedule: Pick<Schedule, "name" | "download" | "batch" | "createdAt">,
  jobs: readonly Job[],
  links: FeedLinks,
): string {
  const [newest] = jobs;
  const image = jobs.find(({ media }) => media?.thumbnailUrl)?.media?.thumbnailUrl ?? null;
  const link = linkOf(schedule);
  const { name } = schedule;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom">',
    "<channel>",
    element("title", name),
    element("link", link),
    element("description", `What Vidferry downloads for “${name}”.`),
    element("generator", "Vidferry"),
    element("lastBuildDate", dateOf(newest?.finishedAt ?? schedule.createdAt)),
    `<atom:link href="${escaped(links.self)}" rel="self" type="application/rss+xml"/>`,
    ...optional("itunes:author", newest?.media?.channel ?? null),
    // It is its owner's own: directories must not list it.
    element("itunes:block", "Yes"),
    element("itunes:explicit", "false"),
    element("itunes:type", "episodic"),
    ...(image === null
      ? []
      : [
          `<image>${element("url", image)}${element("title", name)}${element("link", link)}</image>`,
          `<itunes:image href="${escaped(image)}"/>`,
        ]),
    ...jobs.flatMap((job) => itemsOf(job, links)),
    "</channel>",
    "</rss>",
    "",
  ];
  return lines.join("\n");
}

function itemsOf(job: Job, links: FeedLinks): string[] {
  const files = job.artifacts.filter(({ kind }) => playable.has(kind));
  return files.map((artifact) => {
    const { media } = job;
    // Of several files, such as chapters, each has a name of its own.
    const fileTitle = artifact.fileName.replace(/\.[^.]*$/, "").replace(/^.*\//, "");
    const title = (files.length === 1 ? media?.title : null) || fileTitle;
    const seconds = artifact.durationSeconds ?? media?.durationSeconds ?? null;
    return [
      "<item>",
      element("title", title),
      // Not a link: an id that stays whatever becomes of the address.
      `<guid isPermaLink="false">${escaped(artifact.id)}</guid>`,
      ...optional("link", media?.webpageUrl ?? null),
      ...optional("description", media?.title ?? null),
      element("pubDate", dateOf(publishedAt(job))),
      `<enclosure url="${escaped(links.file(job, artifact))}" length="${artifact.bytes}" type="${escaped(artifact.contentType)}"/>`,
      ...(seconds === null ? [] : [element("itunes:duration", String(Math.round(seconds)))]),
      ...optional("itunes:author", media?.channel ?? null),
      ...(media?.thumbnailUrl ? [`<itunes:image href="${escaped(media.thumbnailUrl)}"/>`] : []),
      element("itunes:explicit", "false"),
      "</item>",
    ].join("\n");
  });
}

function publishedAt({ media, finishedAt, createdAt }: Job): Date {
  const uploaded = new Date(media?.uploadedAt ?? Number.NaN);
  return Number.isNaN(uploaded.getTime()) ? (finishedAt ?? createdAt) : uploaded;
}

/** As RFC 822 writes it, with the year in full. */
const dateOf = (date: Date): string => date.toUTCString();

const element = (name: string, text: string): string => `<${name}>${escaped(text)}</${name}>`;
/** No element where there is no text. */
const optional = (name: string, text: string | null): string[] => (text === null ? [] : [element(name, text)]);

/** What XML 1.0 cannot hold at all, not even escaped. */
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Text as it stands in an element or in an attribute in quotes. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(forbidden, "")
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}
