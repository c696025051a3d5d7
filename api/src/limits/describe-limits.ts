import { problemResponses } from "../http/problem.ts";
import { isLimited } from "./limit-requests.ts";

/** The parts of an OpenAPI document that are added to. */
interface Described {
  paths?: Record<string, object>;
  components?: { headers?: Record<string, unknown> };
}
interface Operation {
  readonly responses?: Record<string, { headers?: Record<string, unknown> }>;
}

const headers = {
  RateLimit: {
    description: "What is left: `r` requests, in a window that ends in `t` seconds.",
    schema: { type: "string" },
    example: '"requests";r=5998;t=42',
  },
  "RateLimit-Policy": {
    description: "What it was counted against: `q` requests in `w` seconds.",
    schema: { type: "string" },
    example: '"requests";q=6000;w=60',
  },
} as const;

/** As `problemResponses` describes it, in a document that has the schema of problems already. */
function tooMany(): { headers?: Record<string, unknown> } {
  const { 429: described } = problemResponses("rate_limit_exceeded");
  const content = Object.entries(described?.content ?? {}).map(([type, media]) => [
    type,
    { ...media, schema: { $ref: "#/components/schemas/Problem" } },
  ]);
  return { ...described, content: Object.fromEntries(content) } as { headers?: Record<string, unknown> };
}

const reference = (name: keyof typeof headers): object => ({ $ref: `#/components/headers/${name}` });

/**
 * Adds what limits do: to every operation that is limited the headers of each answer, and 429; to one that is not, but takes a
 * key, the same for keys that do not work, since guesses are counted wherever they are made.
 */
export function describeLimits<D extends object>(document: D): D {
  const described = document as Described;
  described.components ??= {};
  described.components.headers = { ...described.components.headers, ...headers };
  for (const [path, item] of Object.entries(described.paths ?? {})) {
    for (const operation of Object.values(item) as Operation[]) {
      const { responses } = operation;
      if (responses === undefined || !(isLimited(path) || "401" in responses)) continue;
      responses["429"] ??= tooMany();
      for (const [status, response] of Object.entries(responses)) {
        if (!isLimited(path) && status !== "401" && status !== "429") continue;
        response.headers = {
          ...response.headers,
          RateLimit: reference("RateLimit"),
          "RateLimit-Policy": reference("RateLimit-Policy"),
        };
      }
    }
  }
  return document;
}
