import { expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { findTools, tempDir } from "@vidferry/testing";
import { findPythonProgram } from "../python-program.ts";

const here = import.meta.dirname;

/** Two reports of the recorder, with its own pause between them; the first takes long to be taken, as on a busy machine. */
const script = `
import sys, time
plugins, warm, name = sys.argv[1:]
sys.path[:0] = [plugins, warm]
import vidferry_live, report
said, delays = [], [0.1, 0]
hook = report.progress_hook(lambda **line: said.append(line['p']['recorded_seconds']))

class Downloader:
    def decrypter(self, info): return lambda decryption, content: content
    def _hook_progress(self, status, info):
        time.sleep(delays.pop(0))
        hook({**status, 'info_dict': info})

recording = vidferry_live.Recording(name)
recorder = vidferry_live.Recorder(Downloader(), {'format_id': '1'}, recording, from_start=False, max_seconds=None)
for seconds in (1, 2):
    recording.seconds, recording.bytes = seconds, seconds
    time.sleep(max(0, vidferry_live.REPORT_INTERVAL - (time.monotonic() - recorder.reported_at)))
    recorder.report()
recording.close()
print(said)
`;

test("the last report of a stream that pauses is heard, however long the one before it took", async () => {
  await using dir = await tempDir("vidferry-reports-");
  const program = await findPythonProgram(findTools().ytDlp, process.env["PATH"] ?? "");
  const [python = "", ...args] = program?.interpreter ?? [];
  const plugins = join(here, "plugins/vidferry/yt_dlp_plugins/extractor");
  const given = [plugins, join(here, "../warm"), join(dir.path, "both")];
  expect(execFileSync(python, [...args, "-B", "-c", script, ...given], { encoding: "utf8" }).trim()).toBe("[1, 2]");
});
