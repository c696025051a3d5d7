/** A terminal that can be drawn on. */
export interface Screen {
  write(text: string): void;
  readonly columns: number;
  readonly rows: number;
  /** Calls back when its size changes. Gives what ends that. */
  onResize(listener: () => void): () => void;
}

const standard = { columns: 80, rows: 24 };

/** Standard error, where progress is drawn. */
export function standardScreen(stream: NodeJS.WriteStream = process.stderr): Screen {
  return {
    write: (text) => void stream.write(text),
    get columns() {
      return stream.columns || standard.columns;
    },
    get rows() {
      return stream.rows || standard.rows;
    },
    onResize: (listener) => {
      stream.on("resize", listener);
      return () => stream.off("resize", listener);
    },
  };
}
