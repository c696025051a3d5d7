import { spawnSync } from "node:child_process";
import { findTools } from "@vidferry/testing";
import { readRequest } from "../../../jobs/read-request.ts";
import type { DownloadRequestInput } from "../../../jobs/request.ts";
import { systemPath } from "../process/index.ts";
import { formatChoice } from "./format-choice.ts";
import { Info } from "./info.ts";
import { findPythonProgram } from "./python-program.ts";
import { withLanguage } from "./sound-language.ts";

/**
 * Selects as yt-dlp does after it has read a page, for many wishes in one process: to read a command line and to set yt-dlp up takes
 * longer than to select.
 */
const driver = `
import json, sys
modules, cases = json.load(sys.stdin)
sys.path.insert(0, modules)
import yt_dlp
options = yt_dlp.parse_options(["--ignore-config"]).ydl_opts
picked = []
with yt_dlp.YoutubeDL({**options, "quiet": True, "no_warnings": True}) as ydl:
    # Nobody reads the tables of all formats that it makes of each, which take longer than to select.
    ydl.render_formats_table = lambda info: None
    for filter, sort, info in cases:
        ydl.format_selector = ydl.build_format_selector(filter)
        ydl.params["format_sort"] = sort.split(",") if sort else []
        picked.append(ydl.sanitize_info(ydl.process_ie_result(info, download=False)))
print(json.dumps(picked))
`;

/** As YouTube's extractor has them sorted after our own order. */
const _format_sort_fields = [
  "quality",
  "res",
  "fps",
  "hdr:12",
  "source",
  "vcodec",
  "channels",
  "acodec",
  "lang",
  "proto",
];

/** What is asked of which formats, as yt-dlp's info JSON lists them. */
interface Selection {
  readonly formats: readonly Readonly<Record<string, unknown>>[];
  readonly output: NonNullable<DownloadRequestInput["output"]>;
}

/** The formats that the genuine yt-dlp picks for our choice, with the sound in the wished language; in the order of the selections. */
export async function selectFormats(selections: readonly Selection[]): Promise<Info["formats"][]> {
  const program = await findPythonProgram(findTools().ytDlp, systemPath);
  if (program === null) throw new Error("the yt-dlp of the tests is no Python program");
  const url = "https://www.youtube.com/watch?v=sample00001";
  const outputs = selections.map(({ output }) => readRequest({ url, output }).output);
  const cases = selections.map(({ formats }, index) => {
    const { filter, sort } = formatChoice(outputs[index] ?? { type: "transcript" });
    const info = { id: "sample00001", title: "A sample", extractor: "youtube", extractor_key: "Youtube" };
    return [filter, sort, { ...info, webpage_url: url, formats, _format_sort_fields }];
  });
  const [interpreter, ...args] = program.interpreter;
  const { stdout, stderr } = spawnSync(interpreter, [...args, "-c", driver], {
    input: JSON.stringify([program.modules, cases]),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (stdout === "") throw new Error(stderr);
  return (JSON.parse(stdout) as unknown[]).map((found, index) => {
    const output = outputs[index] ?? { type: "transcript" };
    const info = output.type === "transcript" ? Info.parse(found) : withLanguage(Info.parse(found), output);
    if (info.requested_formats.length > 0) return info.requested_formats;
    return info.formats.filter(({ format_id }) => format_id === info.format_id);
  });
}
