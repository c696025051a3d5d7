/** Why a connection failed, as far as the platform tells. Browsers tell nothing: `unknown`. */
export type ConnectionFailure = "refused" | "unknown_host" | "certificate" | "broken" | "unknown";

/** What the platforms write in their errors' codes and messages: Node and Bun codes, Deno and browsers text. */
const signs: readonly (readonly [ConnectionFailure, RegExp])[] = [
  ["certificate", /CERT_|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS|invalid peer certificate|certificate/i],
  ["unknown_host", /ENOTFOUND|EAI_|dns error|name resolution|getaddrinfo|\bDNS/i],
  [
    "refused",
    /ECONNREFUSED|ConnectionRefused|connection refused|EHOSTUNREACH|ENETUNREACH|FailedToOpenSocket|unable to connect/i,
  ],
  [
    "broken",
    /ECONNRESET|EPIPE|ConnectionClosed|UND_ERR_SOCKET|socket (hang up|connection was closed)|connection (reset|closed)|other side closed/i,
  ],
];

const sayings: Readonly<Record<ConnectionFailure, string>> = {
  refused: "nothing listens there, or a firewall is in between. Is the service running, and is the port right?",
  unknown_host: "the name of the host is not known. Is baseUrl spelled right?",
  certificate:
    "its certificate is not trusted. Make its authority known to the platform (NODE_EXTRA_CA_CERTS, DENO_CERT), and check that the name in baseUrl is the certificate's.",
  broken: "the connection broke before the answer was there.",
  unknown: "the platform does not say why.",
};

/** Finds out from an error of `fetch` why the connection failed. */
export function connectionFailureOf(error: unknown): ConnectionFailure {
  const said = chain(error).join(" ");
  return signs.find(([, sign]) => sign.test(said))?.[0] ?? "unknown";
}

/** One sentence for people. */
export function describeConnectionFailure(origin: string, failure: ConnectionFailure): string {
  const inPage = failure === "unknown" && "document" in globalThis;
  const more = inPage ? " In a page it is often the service's CORS_ORIGINS, which must name the page's origin." : "";
  return `The connection to ${origin} failed: ${sayings[failure]}${more}`;
}

/** Codes and messages of an error and its causes. Node's real reason is in the cause, or among the errors of an aggregate. */
function chain(error: unknown, depth = 0): readonly string[] {
  if (!(error instanceof Error) || depth > 4) return [];
  const { code } = error as { readonly code?: unknown };
  const parts = error instanceof AggregateError ? error.errors : [];
  return [
    typeof code === "string" ? code : "",
    error.message,
    ...[error.cause, ...parts].flatMap((one) => chain(one, depth + 1)),
  ];
}
