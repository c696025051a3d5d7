/** The columns of a bar. */
const barColumns = 24;

/** `███░░░  25 %  text`; without the bar where it would leave no room for the text. */
export function barLine(percent: number, text: string, columns: number): string {
  const share = Math.max(0, Math.min(100, percent));
  const label = `${String(Math.floor(share)).padStart(3)} %  ${text}`;
  const width = Math.min(barColumns, Math.floor(columns / 3));
  if (width < 6) return label;
  const full = Math.round((share / 100) * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)} ${label}`;
}
