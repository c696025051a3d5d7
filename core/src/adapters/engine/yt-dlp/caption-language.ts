/** A language, perhaps with script, region and a variant; what else a site appends to it is a name of its own. */
const tag = /^([A-Za-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Za-z]{2}|\d{3}))?(?:-[a-z]{5,8})?)(?:-|$)/;

/**
 * The language of a caption track by yt-dlp's name for it: `en-orig` and `en-j3PyPqV-e1s` (a track that somebody named) are both
 * `en`. A name that is no language is left as it is.
 */
export function captionLanguage(key: string): string {
  const name = key.replace(/-orig$/, "").replaceAll("_", "-");
  return tag.exec(name)?.[1] ?? name;
}
