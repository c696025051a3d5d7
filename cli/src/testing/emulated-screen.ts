import { Terminal } from "@xterm/headless";
import type { Screen } from "../terminal/screen.ts";

/** A terminal without a window, which does with what is written what real ones do, wrapping at a resize included. */
export interface EmulatedScreen extends Screen {
  resize(columns: number, rows: number): Promise<void>;
  /** The lines that it shows and has scrolled away, without blank ones at the end. */
  lines(): Promise<readonly string[]>;
  /** Everything that was written. */
  readonly written: string;
}

export function emulatedScreen(columns: number, rows = 24): EmulatedScreen {
  const terminal = new Terminal({ cols: columns, rows, scrollback: 1_000, allowProposedApi: true, convertEol: true });
  const listeners = new Set<() => void>();
  let written = "";
  const settled = () => new Promise<void>((done) => terminal.write("", done));
  return {
    write: (text) => {
      written += text;
      terminal.write(text);
    },
    get columns() {
      return terminal.cols;
    },
    get rows() {
      return terminal.rows;
    },
    get written() {
      return written;
    },
    onResize: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    resize: async (cols, height) => {
      await settled();
      terminal.resize(cols, height);
      for (const listener of listeners) listener();
      await settled();
    },
    lines: async () => {
      await settled();
      const { active } = terminal.buffer;
      const all = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
      return all.slice(0, all.findLastIndex((line) => line !== "") + 1);
    },
  };
}
