const letters = new Intl.Segmenter();

/** The text, cut to so many columns; wide characters (CJK, emoji) take two. */
export function fit(text: string, columns: number): string {
  if (Bun.stringWidth(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const { segment } of letters.segment(text)) {
    const more = Bun.stringWidth(segment);
    if (width + more > columns - 1) break;
    kept += segment;
    width += more;
  }
  return columns < 1 ? "" : `${kept}…`;
}
