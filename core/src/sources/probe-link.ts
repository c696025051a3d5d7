import type { AttemptDeps } from "../dependencies.ts";
import { withEgress } from "../egress/with-egress.ts";
import type { ProbeLink } from "../pipeline/downloader.ts";

/** Looks at links through the downloader of this process, each time as an egress that is leased for it. */
export function probeThrough({ downloader, egresses }: Pick<AttemptDeps, "downloader" | "egresses">): ProbeLink {
  return (url, options) =>
    withEgress(egresses, { url, purpose: "probe", signal: options.signal }, (egress) =>
      downloader.probe(url, { ...options, egress }),
    );
}
