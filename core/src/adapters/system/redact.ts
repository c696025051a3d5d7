const mask = "[redacted]";
const maxDepth = 6;
const maxItems = 100;
const maxTextLength = 8192;

// Names are compared in lower case without `-` and `_`, so that `set-cookie`, `setCookie` and `SET_COOKIE` are one.
const secretNames = new Set([
  "authorization",
  "proxyauthorization",
  "cookie",
  "cookies",
  "setcookie",
  "apikey",
  "xapikey",
  "token",
  "accesstoken",
  "refreshtoken",
  "password",
  "passwd",
  "passphrase",
  "secret",
  "clientsecret",
  "webhooksecret",
  "secretaccesskey",
  "sessiontoken",
  "privatekey",
  "credentials",
  "proxycredentials",
]);

// Each of them reads a text once: what may be repeated in it stops where the next match could begin.
const userInfo = /:\/\/[^\s/?#"']*@/g;
const parameter = /[?&]([a-z0-9_.~-]*)=/gi;
const secretParameter = /sig|token|key|secret|passw|policy|credential|auth/i;
const parameterEnd = /[&\s"'#]/g;
const headerValue = /\b((?:proxy-)?authorization|set-cookie|cookie|x-api-key)(["']?\s*[:=]\s*["']?)[^\r\n"']+/gi;
// Each of them needs one of these, and most texts have none.
const suspicious = /[:=?&]|vf_/;
const ownKey = /\bvf_[A-Za-z0-9]{8,}/g;

/**
 * Removes from a text what must not be logged: `user:password@` of URLs, the values of query parameters that sign or
 * authenticate, header values like `Cookie: …`, and keys of ours. Texts above 8 KiB are cut.
 */
export function redactText(text: string): string {
  if (text.length <= maxTextLength && !suspicious.test(text)) return text;
  return redactParameters(shortened(text).replace(userInfo, `://${mask}@`))
    .replace(headerValue, `$1$2${mask}`)
    .replace(ownKey, `vf_${mask}`);
}

/** Cut between words where there are some: half of a secret would not look like one. */
function shortened(text: string): string {
  if (text.length <= maxTextLength) return text;
  const short = text.slice(0, maxTextLength);
  const end = Math.max(short.lastIndexOf(" "), short.lastIndexOf("\n"));
  return `${end > maxTextLength / 2 ? short.slice(0, end) : short}…`;
}

function redactParameters(text: string): string {
  let clean = "";
  let at = 0;
  parameter.lastIndex = 0;
  for (let found = parameter.exec(text); found !== null; found = parameter.exec(text)) {
    if (!secretParameter.test(found[1] ?? "")) continue;
    clean += text.slice(at, parameter.lastIndex) + mask;
    parameterEnd.lastIndex = parameter.lastIndex;
    at = parameterEnd.exec(text)?.index ?? text.length;
    parameter.lastIndex = at;
  }
  return clean + text.slice(at);
}

/** Text that all fields of a line may have together: collectors cut or drop longer lines, and a disk is soon full of them. */
const maxLineLength = 64 * 1024;
const cut = "[cut]";

/** How much of a line is left. */
interface Room {
  left: number;
}

/**
 * A copy of log fields that is fit to be written: plain data of bounded depth and size, secrets masked by name (at any
 * depth) and by shape, URLs in fields named `url` or `…Url` without query and fragment, errors as `{type, message, …}`.
 * What does not fit into 64 KiB is `[cut]`.
 */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactRecord(fields, maxDepth, { left: maxLineLength });
}

function redactRecord(record: object, depth: number, room: Room): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record).slice(0, maxItems)) {
    if (room.left <= 0) {
      copy["…"] = cut;
      break;
    }
    room.left -= name.length;
    copy[name] = redactField(name, value, depth, room);
  }
  return copy;
}

function redactField(name: string, value: unknown, depth: number, room: Room): unknown {
  const plain = name.toLowerCase().replace(/[-_]/g, "");
  if (secretNames.has(plain) && value !== null && value !== undefined) return mask;
  if (plain.endsWith("url") && (typeof value === "string" || value instanceof URL)) {
    return fitting(String(value).replace(/[?#].*$/s, ""), room);
  }
  return redactValue(value, depth, room);
}

function redactList(list: readonly unknown[], depth: number, room: Room): unknown[] {
  const copy: unknown[] = [];
  for (const item of list.slice(0, maxItems)) {
    if (room.left <= 0) {
      copy.push(cut);
      break;
    }
    copy.push(redactValue(item, depth, room));
  }
  return copy;
}

function fitting(text: string, room: Room): string {
  if (room.left <= 0) return cut;
  const clean = redactText(text);
  room.left -= clean.length;
  return clean;
}

function redactValue(value: unknown, depth: number, room: Room): unknown {
  // Numbers and words of the format count as well.
  room.left -= 8;
  if (typeof value === "string") return fitting(value, room);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (depth <= 0) return "[deep]";
  if (value instanceof Error) return redactError(value, depth, room);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return fitting(value.href, room);
  if (value instanceof Headers) return redactRecord(Object.fromEntries(value), depth - 1, room);
  if (value instanceof Map) return redactRecord(Object.fromEntries(value), depth - 1, room);
  if (value instanceof Set) return redactValue([...value], depth, room);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return redactList(value, depth - 1, room);
  return redactRecord(value, depth - 1, room);
}

// Only fields known to be harmless are copied: drivers attach queries, parameters and requests to their errors.
function redactError(error: Error, depth: number, room: Room): Record<string, unknown> {
  const { code, status } = error as Error & { code?: unknown; status?: unknown };
  return {
    type: error.name,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(typeof status === "number" ? { status } : {}),
    message: fitting(error.message, room),
    ...(error.stack === undefined ? {} : { stack: fitting(error.stack, room) }),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth - 1, room) }),
    ...(error instanceof AggregateError ? { errors: redactValue(error.errors, depth - 1, room) } : {}),
  };
}
