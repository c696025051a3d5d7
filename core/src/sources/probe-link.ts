import type { AttemptDeps } from "../dependencies.ts";
import { withEgress } from "../egress/with-egress.ts";
import type { ProbeLink } from "../pipeline/downloader.ts";

/** Probes links with the downloader of this process, each through an egress that is leased for the probe. */
export function probeThrough({ downloader, egresses }: Pick<AttemptDeps, "downloader" | "egresses">): ProbeLink {
  return (url, options) =>
    withEgress(egresses, { url, purpose: "probe", signal: options.signal }, (egress) =>
      downloader.probe(url, { ...options, egress }),
    );
}
