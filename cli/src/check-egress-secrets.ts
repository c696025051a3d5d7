import { connect } from "node:net";
import { type Check, type Config, checkEgresses, checkEgressSecrets } from "@vidferry/core";
import { type ComposedBackends, composeSecrets, egressBreaker } from "@vidferry/core/compose";

/** Longest wait for a proxy, in milliseconds. */
const proxyMs = 5_000;

/** The egresses, whether their proxies can be connected to and their cookies last; nothing where the database cannot say. */
export async function checkEveryEgress(config: Config, backends: ComposedBackends): Promise<readonly Check[]> {
  try {
    const states = await checkEgresses(backends, egressBreaker(config));
    return [...states, ...(await checkEgressSecrets(backends, composeSecrets(config).box, problemOf))];
  } catch {
    // The line of the database says what is wrong.
    return [];
  }
}

const defaultPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** Why a proxy cannot be connected to; null: it can. It is sent nothing. */
async function problemOf(proxyUrl: string): Promise<string | null> {
  const url = URL.parse(proxyUrl);
  if (url === null) return "its address cannot be read";
  const port = url.port === "" ? (defaultPorts[url.protocol] ?? 1080) : Number(url.port);
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port });
  socket.once("connect", () => resolve(null));
  socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  socket.setTimeout(proxyMs, () => resolve(`no answer within ${proxyMs / 1000} s`));
  return await promise.finally(() => socket.destroy());
}
