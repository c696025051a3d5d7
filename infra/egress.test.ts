import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { finalStage, parseDockerfile, valuesOf } from "./dockerfile.ts";

const root = resolve(import.meta.dir, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

interface Networked {
  readonly services: Readonly<
    Record<string, { readonly networks?: readonly string[]; readonly environment?: Readonly<Record<string, string>> }>
  >;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
}

interface Policy {
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly policyTypes: readonly string[];
    readonly egress: readonly { readonly to: readonly Readonly<Record<string, unknown>>[] }[];
  };
}

// That the ruleset does what it says, infra/egress/check.sh proves in network namespaces, which takes root.
describe("the samples that keep workers from going out by themselves", () => {
  test("the ruleset is for the user that the worker's image runs as", () => {
    const [user = ""] = valuesOf(finalStage(parseDockerfile(read("Dockerfile.worker"))), "USER");
    expect(read("infra/egress/nftables.conf")).toContain(`define worker = ${user.split(":")[0]}\n`);
    expect(read("infra/egress/check.sh")).toContain(`expect closed ${user.split(":")[0]} `);
  });

  test("with Compose the worker is in no network that has a way out, and the proxy is", () => {
    const base = parse(read("docker-compose.yml"), { merge: true }) as Networked;
    const { services, networks } = parse(read("infra/egress/compose.yml")) as Networked;
    expect(base.services["worker"]?.networks).toEqual(["inside"]);
    expect(services["worker"]?.networks).toBeUndefined();
    expect(services["worker"]?.environment?.["PROXY_URL"]).toBe("http://egress:3128");
    expect(networks["inside"]).toEqual({ internal: true });
    expect(services["egress"]?.networks).toEqual(["inside", "outside"]);
  });

  test("with Kubernetes no address outside is among what the worker may reach", () => {
    const policies = parseAllDocuments(read("infra/egress/network-policy.yaml")).map((one) => one.toJS() as Policy);
    const worker = policies.find(({ spec }) => spec.podSelector.matchLabels["role"] === "worker");
    expect(worker?.spec.policyTypes).toContain("Egress");
    expect(worker?.spec.egress.flatMap(({ to }) => to).filter((peer) => "ipBlock" in peer)).toEqual([]);
  });

  test("the servers that the worker asks by itself are named among what it may reach", () => {
    for (const sample of ["network-policy.yaml", "systemd.conf", "nftables.conf", "compose.yml"]) {
      const text = read(`infra/egress/${sample}`);
      expect([sample, text.includes("TRANSCRIBER_URL"), text.includes("LIBRETRANSLATE_URL")]).toEqual([
        sample,
        true,
        true,
      ]);
    }
  });
});
