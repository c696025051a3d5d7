import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { parseConfig } from "../core/src/config/config.ts";
import { variables } from "../core/src/config/variables.ts";
import { finalStage, parseDockerfile, valuesOf } from "./dockerfile.ts";

const root = resolve(import.meta.dir, "..");
const text = readFileSync(join(root, "docker-compose.yml"), "utf8");

/** The parts of a service that are judged here; Compose itself checks the rest. */
interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
}

const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const own = ["migrate", "api", "worker"] as const;

function service(name: string): Service {
  const found = compose.services[name];
  if (!found) throw new Error(`there is no service named ${name}`);
  return found;
}

interface Reference {
  readonly name: string;
  /** `:-` gives a default, `:?` insists. */
  readonly operator: string;
}
const references: Reference[] = [...text.matchAll(/(?<!\$)\$\{(\w+)(:[-?])?[^}]*\}/g)].map(
  ([, name = "", operator = ""]) => ({ name, operator }),
);
const isSecret = (name: string) => /PASSWORD|SECRET|_KEY$|TOKEN/.test(name);

/** A value as Compose would fill it in, given what `.env` holds. */
const filledIn = (value: string, env: Readonly<Record<string, string>>) =>
  value.replace(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g, (_, name: string, standard = "") => env[name] || standard);

describe("docker-compose.yml", () => {
  test("has the whole production shape", () => {
    expect(Object.keys(compose.services).sort()).toEqual(["api", "migrate", "postgres", "redis", "s3", "worker"]);
    for (const name of own) {
      const { build, command, image } = service(name);
      expect(existsSync(join(root, build?.context ?? "", build?.dockerfile ?? "missing"))).toBe(true);
      expect(command).toEqual([name]);
      expect(image).toBe(name === "worker" ? "vidferry-worker" : "vidferry-api");
    }
  });

  test("gives no secret a default, and insists on each of its own servers", () => {
    const secrets = references.filter(({ name }) => isSecret(name));
    expect(new Set(secrets.map(({ name }) => name)).size).toBeGreaterThanOrEqual(5);
    // Of servers that not everybody has; without a value they count as not set.
    const optional = ["TRANSCRIBER_KEY", "LIBRETRANSLATE_API_KEY"].map((name) => `\${${name}:-}`);
    const others = secrets
      .filter(({ operator }) => operator !== ":?")
      .map(({ name, operator }) => `\${${name}${operator}}`);
    expect(others).toEqual(optional);
    for (const reference of optional) expect(text).toContain(reference);
    const written = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    const literal = written.filter(([name, value]) => isSecret(name) && !value.startsWith("${"));
    expect(literal).toEqual([]);
    const credentials = written.flatMap(([, value]) => /\/\/[^/@:]*:([^/@]+)@/.exec(value)?.[1] ?? []);
    expect(credentials.length).toBeGreaterThan(0);
    for (const password of credentials) expect(password).toMatch(/^\$\{\w+:\?/);
  });

  test("leaves no other variable to chance", () => {
    expect(references.filter(({ operator }) => operator === "")).toEqual([]);
  });

  test("publishes ports on this machine's loopback only, and neither the database nor the queue", () => {
    for (const [, { ports = [] }] of services) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
    for (const name of ["postgres", "redis", "worker", "migrate"]) expect(service(name).ports).toBeUndefined();
  });

  test("gives our services variables that they know, with values that they take", () => {
    const needed = references.filter(({ operator }) => operator === ":?");
    const given = Object.fromEntries(needed.map(({ name }) => [name, "x".repeat(40)]));
    for (const name of own) {
      const { environment = {} } = service(name);
      const unknown = Object.keys(environment).filter((key) => !(key in variables) && !key.startsWith("AWS_"));
      expect(unknown).toEqual([]);
      const values = Object.entries(environment).map(([key, value]) => [key, filledIn(value, given)]);
      expect(() => parseConfig(Object.fromEntries(values))).not.toThrow();
    }
  });

  test("gives the API and the workers what webhooks need, but no worker without a way out", () => {
    for (const name of ["api", "worker"]) expect(service(name).environment).toHaveProperty("SECRETS_KEY");
    const egress = parse(readFileSync(join(root, "infra/egress/compose.yml"), "utf8")) as Pick<
      typeof compose,
      "services"
    >;
    expect(egress.services["worker"]?.environment).toEqual({
      PROXY_URL: "http://egress:3128",
      WEBHOOK_DELIVERY: "off",
    });
  });

  test("names services, volumes and networks that are there, and waits for what can say that it is ready", () => {
    for (const [, { depends_on = {}, volumes = [], networks = [] }] of services) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        if (condition === "service_healthy") expect(service(other).healthcheck?.test).toBeArray();
        else expect([other, condition]).toEqual(["migrate", "service_completed_successfully"]);
      }
      for (const volume of volumes.filter((volume) => !volume.startsWith("/"))) {
        expect(Object.keys(compose.volumes)).toContain(volume.split(":")[0] ?? "");
      }
      for (const network of networks) expect(Object.keys(compose.networks)).toContain(network);
      expect(networks).not.toEqual([]);
    }
  });

  test("gives a worker longer to stop than the worker gives its jobs", () => {
    const { environment = {}, stop_grace_period = "0s" } = service("worker");
    const drain = Number(environment["DRAIN_SECONDS"] ?? variables.DRAIN_SECONDS.standard);
    expect(drain).toBeGreaterThan(0);
    expect(stop_grace_period).toMatch(/^\d+s$/);
    expect(Number.parseInt(stop_grace_period, 10)).toBeGreaterThan(drain);
  });

  test("gives our containers no rights and nothing to write to but what their images declare", () => {
    for (const name of own) {
      const { read_only, cap_drop, security_opt } = service(name);
      expect({ read_only, cap_drop, security_opt }).toEqual({
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
      });
    }
    const worker = finalStage(parseDockerfile(readFileSync(join(root, "Dockerfile.worker"), "utf8")));
    const [workDir] = valuesOf(worker, "VOLUME");
    expect(service("worker").volumes).toEqual([workDir ?? "none"]);
    expect(valuesOf(worker, "ENV").join(" ")).toContain(`WORK_DIR=${workDir} `);
  });
});

test("compose.env.example lists every variable that docker-compose.yml insists on, and gives none a value", () => {
  const example = readFileSync(join(import.meta.dir, "compose.env.example"), "utf8");
  const listed = [...example.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => ({ name, value }));
  const needed = new Set(references.filter(({ operator }) => operator === ":?").map(({ name }) => name));
  expect(listed.map(({ name }) => name).sort()).toEqual([...needed].sort());
  expect(listed.filter(({ value }) => value !== "")).toEqual([]);
  const optional = [...example.matchAll(/^# (\w+)=/gm)].map(([, name = ""]) => name);
  const known = new Set(references.map(({ name }) => name));
  expect(optional.filter((name) => !known.has(name))).toEqual([]);
});
