/** Rows as lines with aligned columns; numbers are aligned to the right, and columns without any content are left out. */
export function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const used = head.map((_, column) => column).filter((column) => rows.some((row) => (row[column] ?? "") !== ""));
  const widths = used.map((column) => Math.max(...[head, ...rows].map((row) => Bun.stringWidth(row[column] ?? ""))));
  const isNumeric = used.map((column) => rows.every((row) => /^([\d.~]|$)/.test(row[column] ?? "")));
  const line = (row: readonly string[]): string =>
    used
      .map((column, index) => {
        const text = row[column] ?? "";
        const blanks = " ".repeat(Math.max(0, (widths[index] ?? 0) - Bun.stringWidth(text)));
        return isNumeric[index] ? `${blanks}${text}` : `${text}${blanks}`;
      })
      .join("  ")
      .trimEnd();
  return [head, ...rows].map(line);
}
