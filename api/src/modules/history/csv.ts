/** A value of a cell; null is an empty one. */
export type CsvValue = string | number | null;

/** A line of a CSV file as RFC 4180 has it, with its end. */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(cell).join(",")}\r\n`;
}

/**
 * Spreadsheets take a text that begins so for a formula, which may run programs or send data away when the file is opened. The
 * forms of full width count, since spreadsheets in East Asian languages take them too.
 */
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function cell(value: CsvValue): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  // An apostrophe in front says to spreadsheets that a text follows.
  const text = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
