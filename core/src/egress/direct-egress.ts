import { errorCodes } from "../errors/codes.ts";
import type { Logger } from "../telemetry/logger.ts";
import { noTelemetry, type Telemetry } from "../telemetry/telemetry.ts";
import { type CookieJar, directEgressName, type Egresses } from "./egresses.ts";
import type { LookShelves } from "./looks.ts";

/** What the one egress of a process is. */
export interface DirectEgressOptions {
  /** Address of the guard; called for each lease. */
  readonly proxyUrl: () => Promise<string>;
  /** Null: without cookies. */
  readonly cookies: CookieJar | null;
  readonly logger: Logger;
  /** What was found at links lately. Absent: nothing is kept. */
  readonly looks?: LookShelves;
  /** Is told of refusals. Default: nobody is. */
  readonly telemetry?: Telemetry;
}

/** The one egress of a service that configures none: the address of the machine, or its proxy, shared by all attempts. */
export function directEgress({
  proxyUrl,
  cookies,
  logger,
  looks,
  telemetry = noTelemetry,
}: DirectEgressOptions): Egresses {
  const egress = directEgressName;
  return {
    lease: async ({ signal, purpose, owner }) => {
      signal.throwIfAborted();
      return {
        egress,
        proxyUrl: await proxyUrl(),
        cookies,
        ...(looks &&
          owner !== undefined && { looks: looks.shelf({ owner, egress, address: "", signedIn: cookies !== null }) }),
        report: ({ code }) => {
          if (code === null || errorCodes[code].retry !== "egress") return;
          telemetry.happened("egress-refused", { egress, purpose, code });
          logger.warn("a source turns this egress away", { egress, purpose, code });
        },
        release: async () => undefined,
      };
    },
  };
}
