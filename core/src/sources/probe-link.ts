import type { AttemptDeps } from "../dependencies.ts";
import type { EgressUse } from "../egress/egresses.ts";
import { withEgress } from "../egress/with-egress.ts";
import type { ProbeLink, ProbeOptions } from "../pipeline/downloader.ts";

/** Probes links with the downloader of this process, each through an egress that is leased for the probe. */
export function probeThrough({ downloader, egresses }: Pick<AttemptDeps, "downloader" | "egresses">): ProbeLink {
  return (url, options) =>
    withEgress(egresses, useOf(url, options), (egress) => downloader.probe(url, { ...options, egress }));
}

function useOf(url: string, { signal, owner, through }: ProbeOptions): EgressUse {
  return { url, purpose: "probe", egress: through ?? null, signal, ...(owner !== undefined && { owner }) };
}
