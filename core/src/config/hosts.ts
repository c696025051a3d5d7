import { z } from "zod";
import { canonicalHost } from "../sources/host-name.ts";
import { words } from "./values.ts";

/*
 * Readers of hosts and origins. People paste them with a scheme, a slash, a wildcard or capitals; such an entry would match
 * nothing and nobody would be told. So each is brought into the form that is compared, or refused.
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

/** The host and port of `HOST`, `HOST:PORT` or of a link without a path; null when it is anything else. */
function authority(entry: string): { readonly host: string; readonly port: string } | null {
  const [, rest = ""] = /^(?:https?:\/\/)?([^/?#@]+)\/?$/i.exec(entry) ?? [];
  // A bare IPv6 address ends in what looks like a port.
  const written = (rest.match(/:/g)?.length ?? 0) > 1 && !rest.startsWith("[") ? `[${rest}]` : rest;
  const [, name = "", port = ""] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(written) ?? [];
  if (name === "" || !URL.canParse(`http://${name}`) || Number(port) > 65_535) return null;
  // Capitals, other scripts and odd notations of addresses end here.
  const host = canonicalHost(new URL(`http://${name}`).hostname);
  return host === null ? null : { host: host.includes(":") ? `[${host}]` : host, port };
}

const youtube = /^((www|m|music|gaming)\.)?youtube\.com$|^(www\.)?youtu\.be$|^(www\.)?youtube-nocookie\.com$/;

/** Hosts of public sites, or `*`. Any of YouTube's hosts means all of them: they lead to each other. */
export const publicHosts = listOf((entry) => {
  if (entry === "*") return "*";
  const found = authority(entry.replace(/^((?:https?:\/\/)?)\*?\./i, "$1"));
  // An address or a name of this network is never public, so here it would open nothing.
  if (found === null || found.port !== "" || !/\.[a-z][a-z0-9-]*$/.test(found.host)) return null;
  return youtube.test(found.host) ? "youtube.com" : found.host;
}, "names of public hosts such as example.org, or *; private hosts belong in ALLOW_PRIVATE_HOSTS");

/** Hosts of private networks, each with a port or for all ports. */
export const privateHosts = listOf((entry) => {
  const found = authority(entry);
  return found && (found.port === "" ? found.host : `${found.host}:${found.port}`);
}, "host or host:port, such as 192.168.1.5:8096");

/** Origins as browsers send them, or `*`. */
export const origins = listOf((entry) => {
  if (entry === "*" || entry === "null") return entry;
  // Apps in a frame of their own (`capacitor://localhost`, `chrome-extension://…`) have origins without a standard form.
  const [, scheme = "", host = ""] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@*\s]+)\/?$/i.exec(entry) ?? [];
  if (host === "" || !URL.canParse(entry)) return null;
  const url = new URL(entry);
  return /^https?$/i.test(scheme) ? url.origin : `${scheme.toLowerCase()}://${host}`;
}, "origins such as https://app.example.org, without a path or a wildcard, or *");

/** An address to listen on. */
export const listenAddress = z.string().transform((text, context) => {
  const host = text.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  const isAddress = host.includes(":") ? URL.canParse(`http://[${host}]`) : /^[a-z0-9._-]+$/.test(host);
  if (isAddress) return host.replace(/\.$/, "");
  const message = "expected an address of this machine such as 127.0.0.1, or 0.0.0.0 for all; the port belongs in PORT";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});
