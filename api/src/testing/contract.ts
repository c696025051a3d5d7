import { appendFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020, { type ValidateFunction } from "ajv/dist/2020.js";
import type { App } from "../app-env.ts";
import { defaultApiConfig } from "../config.ts";
import { openApiDocument } from "../openapi.ts";

/** An answer as the OpenAPI document describes it, in its place or among the components. */
interface Described {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { schema?: object }>>;
  readonly headers?: Readonly<Record<string, Header>>;
}

/** An operation of the document, as far as answers are compared with it. */
interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Described>>;
}

type Header = { readonly required?: boolean; readonly $ref?: undefined } | { readonly $ref: string };

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** Compares the answers of an app with its own OpenAPI document. */
export interface Contract {
  /** Every way in which the answer breaks the document; none when it keeps to it, or when its path is no operation's. */
  breachesOf(method: string, path: string, response: Response): Promise<string[]>;
}

/** Headers of HTTP itself and for browsers, which any answer may have; every other one belongs to the contract of its operation. */
const ofEveryAnswer =
  /^(cache-control|connection|content-(length|security-policy|type)|cross-origin-resource-policy|date|keep-alive|referrer-policy|strict-transport-security|transfer-encoding|vary|x-(accel-buffering|content-type-options|frame-options)|access-control-.+)$/;

/** Where `bin/test` collects which statuses of which operations the tests produce. */
const recordFolder = process.env["VIDFERRY_PRODUCED_STATUSES"];

/** Makes the contract of an app. Reading the document is slow, so it waits for the first answer. */
export function createContract(app: App): Contract {
  let known: ReturnType<typeof read> | undefined;
  const validators = new Map<string, ValidateFunction>();
  const produced = new Set<string>();

  const read = () => {
    const document = openApiDocument(app, { ...defaultApiConfig, version: "0.0.0" });
    // Examples and styles are not for a validator, and formats are written as patterns beside. Other tests read the document itself;
    // here it is compiled anew by each process, and each schema serves a few answers.
    const code = { optimize: false };
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true, validateSchema: false, code });
    ajv.addSchema(document, "openapi");
    const paths = document.paths as unknown as Paths;
    const components = (document.components?.responses ?? {}) as Readonly<Record<string, Described>>;
    const headers = (document.components?.headers ?? {}) as unknown as Readonly<Record<string, Header>>;
    return { paths, components, headers, find: finderOf(Object.keys(paths)), ajv };
  };

  const validatorOf = (ajv: Ajv2020, answer: readonly string[], type: string) => {
    const place = [...answer, "content", type, "schema"].map(pointerPart).join("/");
    const validate = validators.get(place) ?? ajv.compile({ $ref: `openapi#/${place}` });
    validators.set(place, validate);
    return validate;
  };

  return {
    async breachesOf(method, path, response) {
      known ??= read();
      const template = known.find(path);
      if (template === undefined) return [];
      const isHead = method === "HEAD";
      const verb = isHead ? "get" : method.toLowerCase();
      const operation = known.paths[template]?.[verb];
      if (operation === undefined) return [];
      const status = String(response.status);
      const here = `${method} ${template} ${status}`;
      const own = operation.responses[status];
      const component = own?.$ref?.split("/").at(-1);
      const described = component === undefined ? own : known.components[component];
      if (described === undefined) return [`${here}: the status is not documented`];
      const entry = `${operation.operationId} ${status}\n`;
      if (recordFolder !== undefined && !produced.has(entry)) {
        produced.add(entry);
        appendFileSync(join(recordFolder, `${process.pid}.txt`), entry);
      }

      const breaches = headerBreaches(described, known.headers, response).map((breach) => `${here}: ${breach}`);
      if (breaches.length > 0) return breaches;

      const contents = Object.keys(described.content ?? {});
      const sent = response.headers.get("content-type")?.split(";")[0]?.trim();
      if (contents.length === 0) return response.body === null ? [] : [`${here}: has a body that is not documented`];
      const type =
        contents.find((candidate) => candidate === sent) ?? contents.find((candidate) => candidate === "*/*");
      if (type === undefined) return [`${here}: ${sent} is not documented, only ${contents.join(", ")}`];
      if (isHead || !/json$/.test(type)) return [];
      const place =
        component === undefined
          ? ["paths", template, verb, "responses", status]
          : ["components", "responses", component];
      const validate = validatorOf(known.ajv, place, type);
      if (validate(await response.clone().json())) return [];
      return (validate.errors ?? []).map(({ instancePath, message }) => `${here}: ${instancePath || "/"} ${message}`);
    },
  };
}

/** Headers that were sent and are not described, and those that are always to be there and were not sent. */
function headerBreaches(described: Described, components: Readonly<Record<string, Header>>, sent: Response): string[] {
  const headers = new Map<string, Header>();
  for (const [name, header] of Object.entries(described.headers ?? {})) {
    const meant = header.$ref === undefined ? header : components[header.$ref.slice(header.$ref.lastIndexOf("/") + 1)];
    headers.set(name.toLowerCase(), meant ?? {});
  }
  const unknown = [...sent.headers.keys()].filter((name) => !ofEveryAnswer.test(name) && !headers.has(name));
  const missing = [...headers].filter(
    ([name, header]) => header.$ref === undefined && header.required === true && !sent.headers.has(name),
  );
  return [
    ...unknown.map((name) => `the header ${name} is not documented`),
    ...missing.map(([name]) => `the header ${name} is missing`),
  ];
}

const pointerPart = (name: string): string => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));

/** Finds the template that a path is of; one with more fixed parts goes first. */
function finderOf(templates: readonly string[]): (path: string) => string | undefined {
  const variables = (template: string) => template.split("{").length;
  const patterns = templates
    .toSorted((one, other) => variables(one) - variables(other))
    .map((template) => ({ template, pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}/?$`) }));
  return (path) => patterns.find(({ pattern }) => pattern.test(path))?.template;
}
