import { describeFields } from "./described-fields.ts";
import { refusalComponents, refusals } from "./described-refusals.ts";
import { allowNullRefs } from "./nullable-refs.ts";

interface Described {
  readonly headers?: Readonly<Record<string, object>>;
  readonly [key: string]: unknown;
}
interface Operation {
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses?: Readonly<Record<string, Described>>;
}
interface Schema {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
  readonly not?: object;
  readonly [key: string]: unknown;
}
interface Document {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components?: {
    readonly schemas?: Readonly<Record<string, Schema>>;
    readonly headers?: Readonly<Record<string, object>>;
    readonly responses?: Readonly<Record<string, Described>>;
  };
}

const text = (description: string, example: string, required = false) => ({
  schema: { type: "string", example },
  description,
  ...(required ? { required } : {}),
});

/** Headers that belong to a status or to every answer, whatever the operation. */
const headers = {
  "X-Request-Id": text(
    "Names the request, in logs and errors too: the client's own when it sent one of 8 to 64 letters, digits, `-` and `_`.",
    "req_0199f3a2c4d87b1e9a5d6c3f20417e88",
    true,
  ),
  "Retry-After": text("Seconds to wait before the request is repeated.", "2"),
  "WWW-Authenticate": text("How to send a key (RFC 6750).", 'Bearer realm="vidferry"'),
} as const;

const ofStatus: Readonly<Record<string, keyof typeof headers>> = {
  "401": "WWW-Authenticate",
  "403": "WWW-Authenticate",
  "429": "Retry-After",
  "503": "Retry-After",
};

const referTo = (name: keyof typeof headers) => ({ [name]: { $ref: `#/components/headers/${name}` } });

/** Completes the generated document with what holds for all operations, and rewrites what clients cannot be made of. */
export function describeAnswers<T extends object>(generated: T): T {
  const document = withoutUnionDefaults(allowNullRefs(generated)) as Document;
  const paths = Object.entries(document.paths ?? {}).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => [method, completed(operation as Operation)]),
    ),
  ]);
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: {
      ...document.components,
      schemas: describeFields(withAcceptedRequest(document.components?.schemas ?? {})),
      headers: { ...document.components?.headers, ...headers },
      responses: withHeaders({ ...document.components?.responses, ...refusalComponents }),
    },
  } as unknown as T;
}

function completed(operation: Operation): Operation {
  const { responses = {} } = operation;
  return { ...withScope(operation), responses: { ...withHeaders(responses), ...refusals } };
}

/** Adds the headers that belong to a status or to every answer. */
function withHeaders(responses: Readonly<Record<string, Described>>): Readonly<Record<string, Described>> {
  return Object.fromEntries(
    Object.entries(responses).map(([key, response]) => {
      const own = ofStatus[key];
      const added = { ...referTo("X-Request-Id"), ...(own && referTo(own)) };
      return [key, { ...response, headers: { ...response.headers, ...added } }];
    }),
  );
}

/**
 * Tells the scope in words and in an extension. The list of a security requirement is the place that OpenAPI has for it, but
 * validators know scopes of OAuth alone and take those of keys for mistakes.
 */
function withScope(operation: Operation): Operation {
  const { security = [], description = "" } = operation;
  const [scope] = security.flatMap((requirement) => Object.values(requirement)).flat();
  if (scope === undefined) return operation;
  const told = `the scope \`${scope}\``;
  return {
    ...operation,
    description: description.includes(told) ? description : `${description} Needs ${told}.`,
    security: security.map((requirement) => Object.fromEntries(Object.keys(requirement).map((name) => [name, []]))),
    "x-required-scope": scope,
  } as Operation;
}

/** Fields that are a choice of schemas, whose default the document cannot tell. */
const choices: ReadonlySet<string> = new Set(["output", "sponsorBlock"]);

/** The request of a job is a schema of its own, as accepted: what a client may leave to its default is always there. */
function withAcceptedRequest(schemas: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> {
  const { DownloadRequest: asked, DownloadJob: job } = schemas;
  if (asked === undefined || job === undefined) return schemas;
  const { not: _, properties = {}, ...rest } = asked;
  const filled = Object.keys(properties).filter((name) => choices.has(name) || "default" in (properties[name] ?? {}));
  return {
    ...schemas,
    AcceptedRequest: {
      ...rest,
      properties,
      required: [...new Set([...(asked.required ?? []), ...filled])],
      description: "A request as it was accepted, with its defaults filled in.",
    },
    DownloadJob: {
      ...job,
      properties: { ...job.properties, request: { $ref: "#/components/schemas/AcceptedRequest" } },
    },
  };
}

/** Drops the `default` of a choice of schemas: generators of clients cannot tell which of them it is of. */
function withoutUnionDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUnionDefaults);
  if (typeof value !== "object" || value === null) return value;
  const isUnion = "oneOf" in value || "anyOf" in value;
  const entries = Object.entries(value).filter(([key]) => !(isUnion && key === "default"));
  return Object.fromEntries(entries.map(([key, part]) => [key, withoutUnionDefaults(part)]));
}
