import { fit } from "./fit.ts";
import type { Screen } from "./screen.ts";

/** Lines at the bottom of the terminal that are drawn anew in place, below what is printed. */
export interface LiveArea {
  /** Draws these lines in place of the last ones. */
  draw(lines: readonly string[]): void;
  /** Prints a line above them, which stays. */
  print(line: string): void;
  /** Leaves nothing of them, and shows the cursor again. Afterwards nothing is drawn any more. */
  end(): void;
}

const [hideCursor, showCursor] = ["\u001b[?25l", "\u001b[?25h"];
const eraseBelow = "\u001b[0J";
/** Lines wrap in no terminal, while they are drawn. */
const [wrapOff, wrapOn] = ["\u001b[?7l", "\u001b[?7h"];

/** Draws on a screen. Nothing but positions is written: no colours, so NO_COLOR has nothing to take away. */
export function createLiveArea(screen: Screen): LiveArea {
  let drawn: readonly string[] = [];
  let wanted: readonly string[] = [];
  let isOpen = true;

  // A terminal that became narrower has wrapped what was drawn, so the rows are counted with its width of now.
  const toTop = (): string => {
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(Bun.stringWidth(line) / screen.columns)), 0);
    return rows === 0 ? "" : `\r${rows > 1 ? `\u001b[${rows - 1}A` : ""}${eraseBelow}`;
  };
  const paint = (above: string): void => {
    // One column stays free: some terminals wrap when the last one is written to.
    const lines = wanted.slice(0, Math.max(1, screen.rows - 1)).map((line) => fit(line, screen.columns - 1));
    const body = lines.length === 0 ? "" : `${hideCursor}${wrapOff}${lines.join("\n")}${wrapOn}`;
    screen.write(`${toTop()}${above}${body}`);
    drawn = lines;
  };
  const stopListening = screen.onResize(() => {
    if (drawn.length > 0) paint("");
  });
  return {
    draw: (lines) => {
      if (!isOpen) return;
      wanted = lines;
      paint("");
    },
    print: (line) => {
      if (isOpen) paint(`${line}\n`);
      else screen.write(`${line}\n`);
    },
    end: () => {
      if (!isOpen) return;
      isOpen = false;
      stopListening();
      if (drawn.length > 0) screen.write(`${toTop()}${showCursor}`);
      drawn = [];
    },
  };
}
