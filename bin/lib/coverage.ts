/** What a coverage report (LCOV) says of the files below a folder. */
export interface Coverage {
  readonly lines: number;
  readonly covered: number;
  /** Files with lines that no test ran, the worst first. */
  readonly gaps: readonly { readonly path: string; readonly lines: readonly number[] }[];
}

/**
 * The parts whose tests need no services and no programs: these tests run first, with coverage, and must cover at least this
 * percentage of their lines. The rest is tested with real servers and programs, in processes that coverage does not see.
 */
export const coverageFloors: Readonly<Record<string, number>> = {
  "core/src/accounts/": 90,
  "core/src/config/": 95,
  "core/src/errors/": 95,
  "core/src/jobs/": 85,
  "core/src/library/": 85,
  "core/src/maintenance/": 85,
  "core/src/pipeline/": 85,
  "core/src/sources/": 90,
  "core/src/subtitles/": 95,
  "core/src/telemetry/": 95,
  "api/src/": 90,
  "sdk/src/": 95,
};

/** Reads a report; `path` is the start of the files' names. Tests, helpers of tests and what is generated do not count. */
export function readCoverage(report: string, path: string): Coverage {
  let lines = 0;
  let covered = 0;
  const gaps: { path: string; lines: number[] }[] = [];
  for (const record of report.split("end_of_record")) {
    const file = /^SF:(.*)$/m.exec(record)?.[1] ?? "";
    if (!file.startsWith(path) || /\/(testing|generated)\/|\.test\.ts$/.test(file)) continue;
    const missed: number[] = [];
    for (const [, line = "", count] of record.matchAll(/^DA:(\d+),(\d+)/gm)) {
      lines += 1;
      if (count === "0") missed.push(Number(line));
      else covered += 1;
    }
    if (missed.length > 0) gaps.push({ path: file, lines: missed });
  }
  return { lines, covered, gaps: gaps.toSorted((a, b) => b.lines.length - a.lines.length) };
}

/** Messages about the parts below their minimum, naming the worst files. */
export function belowFloor(report: string, floors: Readonly<Record<string, number>> = coverageFloors): string[] {
  return Object.entries(floors).flatMap(([path, floor]) => {
    const { lines, covered, gaps } = readCoverage(report, path);
    const share = lines === 0 ? 0 : (100 * covered) / lines;
    if (share >= floor) return [];
    const worst = gaps.slice(0, 3).map((gap) => `    ${gap.path}: lines ${ranges(gap.lines)}`);
    return [
      [`${path}: its tests run ${share.toFixed(1)} % of the lines, at least ${floor} % are wanted`, ...worst].join(
        "\n",
      ),
    ];
  });
}

/** `[1, 2, 3, 7]` as `1-3, 7`. */
function ranges(lines: readonly number[]): string {
  const parts: [from: number, to: number][] = [];
  for (const line of lines) {
    const last = parts.at(-1);
    if (last?.[1] === line - 1) last[1] = line;
    else parts.push([line, line]);
  }
  return parts.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(", ");
}
