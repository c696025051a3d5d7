import type { Media } from "../jobs/media.ts";
import type { DownloadRequest } from "../jobs/request.ts";
import { nameFromTemplate } from "../library/name-template.ts";
import type { Cut } from "./timeline/cut.ts";

/** The title of a result: the video's, or that of a chapter before it. */
export function resultTitle({ title }: Pick<Media, "title">, { chapter }: Cut): string {
  return chapter === null ? title : `${paddedNumber(chapter.number)} ${chapter.title} - ${title}`;
}

/** What the files of a result are named after, without their extensions; `/` separates folders. All of one cut share it. */
export function resultName(request: Pick<DownloadRequest, "fileName">, media: Media, cut: Cut): string {
  if (request.fileName === undefined) return resultTitle(media, cut).replaceAll("/", "_");
  const { chapter } = cut;
  const date = media.uploadedAt?.slice(0, 10) ?? "";
  return nameFromTemplate(chapter === null ? request.fileName : telling(request.fileName), {
    title: media.title,
    id: media.id,
    channel: media.channel ?? "",
    extractor: media.extractor,
    uploadDate: date,
    uploadYear: date.slice(0, 4),
    uploadMonth: date.slice(5, 7),
    duration: media.durationSeconds === null ? "" : String(Math.round(media.durationSeconds)),
    chapter: chapter?.title ?? "",
    chapterNumber: chapter === null ? "" : paddedNumber(chapter.number),
  });
}

/** The number of a chapter, so that names are in order. */
export const paddedNumber = (number: number): string => String(number).padStart(3, "0");

/** A template that tells chapters apart: where it does not, their numbers and titles stand before the name. */
function telling(template: string): string {
  if (/\{chapter(?:Number)?\}/.test(template)) return template;
  const name = template.lastIndexOf("/") + 1;
  return `${template.slice(0, name)}{chapterNumber} {chapter} - ${template.slice(name)}`;
}
