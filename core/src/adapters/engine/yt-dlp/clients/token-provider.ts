import { pluginBeside } from "../plugin.ts";

/** The plugin with which providers of PO tokens are not told the egress guard. */
export const tokensPlugin = pluginBeside(import.meta.url, "vidferry_tokens");

/** Arguments that lead the plugin of bgutil to its server. */
export const tokenProviderArgs = (url: string): string[] => [
  "--extractor-args",
  `youtubepot-bgutilhttp:base_url=${url.replace(/\/$/, "")}`,
];

/** `host:port` of the server, for the gate. */
export function tokenProviderAddress(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}
