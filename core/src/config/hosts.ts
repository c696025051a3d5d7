import { z } from "zod";
import { canonicalHost } from "../sources/host-name.ts";
import { words } from "./values.ts";

/*
 * Schemas of hosts and origins. Operators paste them with a scheme, a slash, a wildcard or capitals; such an entry would
 * silently match nothing. So each entry is normalised to the form that is compared, or rejected.
 */

const listOf = (read: (entry: string) => string | null, expected: string) =>
  z.string().transform((text, context) =>
    words(text).map((entry) => {
      const value = read(entry);
      if (value !== null) return value;
      context.addIssue({ code: "custom", message: `expected ${expected}, not ${JSON.stringify(entry)}` });
      return z.NEVER;
    }),
  );

/** The host and port of `HOST`, `HOST:PORT` or a URL without a path; null for anything else. */
function authority(entry: string): { readonly host: string; readonly port: string } | null {
  const [, rest = ""] = /^(?:https?:\/\/)?([^/?#@]+)\/?$/i.exec(entry) ?? [];
  // The last group of a bare IPv6 address looks like a port.
  const written = (rest.match(/:/g)?.length ?? 0) > 1 && !rest.startsWith("[") ? `[${rest}]` : rest;
  const [, name = "", port = ""] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(written) ?? [];
  if (name === "" || !URL.canParse(`http://${name}`) || Number(port) > 65_535) return null;
  // URL parsing normalises capitals, internationalised names and unusual notations of addresses.
  const host = canonicalHost(new URL(`http://${name}`).hostname);
  return host === null ? null : { host: host.includes(":") ? `[${host}]` : host, port };
}

const youtube = /^((www|m|music|gaming)\.)?youtube\.com$|^(www\.)?youtu\.be$|^(www\.)?youtube-nocookie\.com$/;

/** Hosts of public sites, or `*`. Any host of YouTube stands for all of them: they redirect to each other. */
export const publicHosts = listOf((entry) => {
  if (entry === "*") return "*";
  const found = authority(entry.replace(/^((?:https?:\/\/)?)\*?\./i, "$1"));
  // Addresses and names of the local network are never public, so here they would have no effect.
  if (found === null || found.port !== "" || !/\.[a-z][a-z0-9-]*$/.test(found.host)) return null;
  return youtube.test(found.host) ? "youtube.com" : found.host;
}, "names of public hosts such as example.org, or *; private hosts belong in ALLOW_PRIVATE_HOSTS");

/** Hosts of private networks, each with one port or for all ports. */
export const privateHosts = listOf((entry) => {
  const found = authority(entry);
  return found && (found.port === "" ? found.host : `${found.host}:${found.port}`);
}, "host or host:port, such as 192.168.1.5:8096");

/** Origins as browsers send them, or `*`. */
export const origins = listOf((entry) => {
  if (entry === "*" || entry === "null") return entry;
  // Origins of embedded apps and extensions (`capacitor://localhost`, `chrome-extension://…`) have no standard form.
  const [, scheme = "", host = ""] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@*\s]+)\/?$/i.exec(entry) ?? [];
  if (host === "" || !URL.canParse(entry)) return null;
  const url = new URL(entry);
  return /^https?$/i.test(scheme) ? url.origin : `${scheme.toLowerCase()}://${host}`;
}, "origins such as https://app.example.org, without a path or a wildcard, or *");

const network = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]);

/** Addresses and networks, `loopback` and `private`. */
export const networks = listOf((entry) => {
  const text = entry.toLowerCase();
  return text === "loopback" || text === "private" || network.safeParse(text).success ? text : null;
}, "addresses, networks such as 10.0.0.0/8, loopback or private");

/** An address to listen on. */
export const listenAddress = z.string().transform((text, context) => {
  const host = text.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  const isAddress = host.includes(":") ? URL.canParse(`http://[${host}]`) : /^[a-z0-9._-]+$/.test(host);
  if (isAddress) return host.replace(/\.$/, "");
  const message = "expected an address of this machine such as 127.0.0.1, or 0.0.0.0 for all; the port belongs in PORT";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});
