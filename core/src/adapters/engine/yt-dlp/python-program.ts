import { open, stat } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";

/** A yt-dlp that is a Python program, and how to load it. */
export interface PythonProgram {
  /** Absolute path of the program. */
  readonly path: string;
  /** What runs it, as its first line says; with arguments. */
  readonly interpreter: readonly [string, ...string[]];
  /** Where Python looks for its modules first: the program itself when that is an archive, else its folder. */
  readonly modules: string;
  /** Changes when the program is replaced. */
  readonly state: string;
}

// The script that pip makes has 250 bytes, Debian's not many more.
const headBytes = 4096;

/** What kind of program this is; null when it is not there, or not one that Python runs (the standalone builds are not). */
export async function findPythonProgram(binary: string, searchPath: string): Promise<PythonProgram | null> {
  const candidates = binary.includes("/") ? [binary] : searchPath.split(delimiter).map((dir) => join(dir, binary));
  for (const path of candidates) {
    const program = await readProgram(path).catch(() => null);
    if (program !== null) return program;
  }
  return null;
}

async function readProgram(path: string): Promise<PythonProgram | null> {
  const { size, mtimeMs, ino } = await stat(path);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const head = buffer.toString("latin1", 0, bytesRead);
    const line = /^#! ?(\/[^\r\n]+)\r?\n/.exec(head);
    const [command, ...args] = viaShell(head) ?? line?.[1]?.trim().split(/\s+/) ?? [];
    // Fedora's script has options behind it, and `env` has it as an argument.
    const isPython = [command, ...args].some((word) => /(^|\/)python[\d.]*$/.test(word ?? ""));
    if (line === null || command === undefined || !isPython) return null;
    const isArchive = head.startsWith("PK\x03\x04", line[0].length);
    if (!isArchive && !(size <= headBytes && /^\s*(from|import) yt_dlp\b/m.test(head))) return null;
    return {
      path,
      interpreter: [command, ...args],
      modules: isArchive ? path : dirname(path),
      state: `${path} ${size} ${mtimeMs} ${ino}`,
    };
  } finally {
    await file.close();
  }
}

/** The kernel takes no long first line, nor spaces in it: then pip lets a shell start Python, in words that are a string to Python. */
function viaShell(head: string): [string] | null {
  const interpreter = /^#!\/bin\/sh\n'''exec' (?:"([^"\n]+)"|(\S+)) "\$0" "\$@"\n/.exec(head);
  const path = interpreter?.[1] ?? interpreter?.[2];
  return path === undefined ? null : [path];
}
