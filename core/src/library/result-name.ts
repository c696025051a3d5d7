import type { Media } from "../jobs/media.ts";
import type { DownloadRequest } from "../jobs/request.ts";
import { nameFromTemplate } from "./name-template.ts";

/** Which of several results one is, and the title of the chapter that it is made of; null: it is the only one. */
interface OfWhole {
  readonly part: { readonly number: number; readonly title: string | null } | null;
}

/** The title of a result: the video's; before it, of one of several, its number and the title of its chapter. */
export function resultTitle({ title }: Pick<Media, "title">, { part }: OfWhole): string {
  if (part === null) return title;
  return `${paddedNumber(part.number)}${part.title === null ? "" : ` ${part.title}`} - ${title}`;
}

/** What the files of a result are named after, without their extensions; `/` separates folders. All of one cut share it. */
export function resultName(request: Pick<DownloadRequest, "fileName">, media: Media, cut: OfWhole): string {
  if (request.fileName === undefined) return resultTitle(media, cut).replaceAll("/", "_");
  const { part } = cut;
  const date = media.uploadedAt?.slice(0, 10) ?? "";
  return nameFromTemplate(part === null ? request.fileName : telling(request.fileName, part), {
    title: media.title,
    id: media.id,
    channel: media.channel ?? "",
    extractor: media.extractor,
    uploadDate: date,
    uploadYear: date.slice(0, 4),
    uploadMonth: date.slice(5, 7),
    duration: media.durationSeconds === null ? "" : String(Math.round(media.durationSeconds)),
    chapter: part?.title ?? "",
    chapterNumber: part === null ? "" : paddedNumber(part.number),
  });
}

/** The number of a chapter or clip, so that names are in order. */
export const paddedNumber = (number: number): string => String(number).padStart(3, "0");

/** A template that tells the parts apart: where it does not, their numbers and titles stand before the name. */
function telling(template: string, { title }: NonNullable<OfWhole["part"]>): string {
  const [told, prefix] =
    title === null
      ? [/\{chapterNumber\}/, "{chapterNumber} - "]
      : [/\{chapter(?:Number)?\}/, "{chapterNumber} {chapter} - "];
  if (told.test(template)) return template;
  const name = template.lastIndexOf("/") + 1;
  return `${template.slice(0, name)}${prefix}${template.slice(name)}`;
}
