import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findPythonProgram } from "./python-program.ts";

/**
 * The version of a yt-dlp that pip installed, as its files say: it is there without a start of Python, which takes half a second and,
 * kept loaded, 45 MB. Null: it lies elsewhere, and has to be asked.
 */
export async function installedVersion(binary: string, searchPath: string): Promise<string | null> {
  const program = await findPythonProgram(binary, searchPath);
  // An archive brings its own modules, whatever lies beside it.
  if (program === null || program.modules === program.path) return null;
  // A virtual environment has the program and what runs it in one folder; the modules of a system's Python lie in several.
  if (dirname(program.interpreter[0]) !== dirname(program.path)) return null;
  const lib = join(dirname(program.path), "..", "lib");
  const pythons = (await readdir(lib).catch(() => [])).filter((name) => /^python3\.\d+$/.test(name));
  const [python] = pythons;
  if (python === undefined || pythons.length > 1) return null;
  const source = await readFile(join(lib, python, "site-packages/yt_dlp/version.py"), "utf8").catch(() => "");
  return /^__version__ = '(\d{4}\.\d{1,2}\.\d{1,2}[\w.]*)'$/m.exec(source)?.[1] ?? null;
}
