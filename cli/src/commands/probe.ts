import type { Probe } from "@vidferry/core";
import { composeVidferry, engineOptions } from "@vidferry/core/compose";
import { exitCodes } from "@vidferry/core/program";
import type { Invocation } from "../command-line/invocation.ts";
import { jsonVersion } from "../command-line/json-failure.ts";
import { forPerson } from "../download/for-person.ts";
import { probeLines } from "../download/probe-lines.ts";
import { readCount, readSettings, type SourceFlags } from "../download/settings.ts";

/** Options of `vidferry probe`. */
export interface ProbeFlags extends SourceFlags {
  readonly limit?: string | undefined;
  readonly json?: true | undefined;
}

/** Most entries of a list in one answer. */
const mostEntries = 1_000;

/** `vidferry probe`: what links offer. Nothing is kept. */
export async function probeCommand(urls: readonly string[], flags: ProbeFlags, it: Invocation): Promise<number> {
  const { terminal, signals } = it;
  const limit = readCount(flags.limit, "--limit", mostEntries);
  const { workDir: _, ...engine } = engineOptions(readSettings(it, flags));
  await using vidferry = composeVidferry(engine);
  let failures = 0;
  for (const [index, url] of urls.entries()) {
    let probe: Probe;
    try {
      probe = await vidferry.probe(url, { signal: signals.stop, ...(limit !== null && { limit }) });
    } catch (error) {
      if (signals.stop.aborted) return exitCodes.interrupted;
      failures += 1;
      const { code, detail, hint } = forPerson(error);
      if (flags.json) terminal.out(JSON.stringify({ version: jsonVersion, url, event: "error", code, detail, hint }));
      else terminal.note(`failed ${url}: ${detail}${hint === null ? "" : `\n  ${code}: ${hint}`}`);
      continue;
    }
    if (flags.json) terminal.out(JSON.stringify({ version: jsonVersion, url, event: "probe", probe }));
    else {
      if (index > 0) terminal.out("");
      for (const line of probeLines(probe)) terminal.out(line);
    }
  }
  return failures === 0 ? exitCodes.done : exitCodes.failed;
}
