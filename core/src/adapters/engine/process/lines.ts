/** Longest line that is kept whole; the rest of a longer one is dropped, to bound memory. */
export const maxLineLength = 1 << 20;

/** Splits a child's output into lines across chunk boundaries; `\r` ends a line too (progress bars). */
export function createLineSplitter(onLine: (line: string) => void): { write(chunk: Uint8Array): void; end(): void } {
  const decoder = new TextDecoder();
  let rest = "";
  const take = (text: string) => {
    let start = 0;
    for (let index = 0; index < text.length; index++) {
      const char = text.charCodeAt(index);
      if (char !== 10 && char !== 13) continue;
      const line = (rest + text.slice(start, index)).slice(0, maxLineLength);
      rest = "";
      start = index + 1;
      if (line !== "") onLine(line);
    }
    if (rest.length < maxLineLength) rest += text.slice(start, start + maxLineLength - rest.length);
  };
  return {
    write: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end: () => {
      take(decoder.decode());
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}
