import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tempDir } from "@vidferry/testing";
import { parse } from "yaml";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const scripts = readdirSync(join(root, "bin/lib")).filter((name) => name.endsWith(".sh"));
const setUp = [...scripts.map((name) => `bin/lib/${name}`), "Dockerfile.api", "Dockerfile.worker"];

/** The commands of a file that match; lines that go on are joined, and what is only printed is left out. */
function commands(path: string, pattern: RegExp): string[] {
  const lines = read(path).replaceAll("\\\n", " ").split("\n");
  return lines.filter((line) => pattern.test(line) && !/^\s*#|missing "/.test(line));
}

/** Runs a line of shell with the functions of the set-up. */
async function shell(line: string): Promise<{ code: number; out: string }> {
  const source = `root=${JSON.stringify(root)}; . "$root/bin/lib/setup.sh"; ${line}`;
  const child = Bun.spawn(["/bin/sh", "-c", source], { stdout: "pipe", stderr: "ignore" });
  return { out: (await new Response(child.stdout).text()).trim(), code: await child.exited };
}

describe("what the set-up fetches", () => {
  test("runs no install script of a package", () => {
    expect(JSON.parse(read("package.json"))).toMatchObject({ trustedDependencies: [] });
    for (const path of setUp) {
      for (const line of commands(path, /bun"? (install|add) /)) {
        expect([path, line]).toEqual([path, expect.stringContaining("--ignore-scripts")]);
      }
    }
  });

  test("is checked against hashes where it comes from PyPI", () => {
    for (const path of setUp) {
      for (const line of commands(path, /\bpip"? install /)) {
        expect([path, line]).toEqual([
          path,
          expect.stringMatching(/\$pip_options|--require-hashes --only-binary=:all:/),
        ]);
      }
    }
    expect(read("bin/lib/yt-dlp.sh")).toMatch(/^pip_options='.*--require-hashes --only-binary=:all:'$/m);
    for (const name of [
      "yt-dlp",
      "worker",
      "ffmpeg",
      "test-s3",
      "clients",
      "fuzz",
      "lint",
      "checkov",
      "hadolint",
      "kubernetes",
      "syft",
    ]) {
      const pinned = read(`bin/lib/python/${name}.txt`);
      const requirements = pinned.replaceAll("\\\n", " ").trim().split("\n");
      for (const line of requirements) expect(line).toMatch(/^[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}/);
      for (const line of read(`bin/lib/python/${name}.in`).trim().split("\n")) {
        const [, wanted = "", version = ""] = /^([\w-]+)(?:\[[^\]]*\])?==(\S+)$/.exec(line) ?? [];
        expect(pinned).toContain(`${wanted}==${version}`);
      }
    }
  });

  test("is Bun itself by its checksum, for every platform that can be downloaded", async () => {
    const platforms = read("bin/lib/bun.sh").match(/platform=(linux|darwin)-\w+/g) ?? [];
    const names = platforms.map((text) => text.replace("platform=", ""));
    const all = [...names, ...names.filter((name) => name.startsWith("linux")).map((name) => `${name}-musl`)];
    expect(all.length).toBeGreaterThanOrEqual(6);
    for (const name of all) expect((await shell(`bun_sha512 ${name}`)).out).toMatch(/^[0-9a-f]{128}$/);
    await using dir = await tempDir("vidferry-sum");
    const file = join(dir.path, "bun.tgz");
    await Bun.write(file, "not Bun");
    const sum = new Bun.CryptoHasher("sha512").update("not Bun").digest("hex");
    expect((await shell(`has_sha512 '${file}' ${sum}`)).code).toBe(0);
    expect((await shell(`has_sha512 '${file}' "$(bun_sha512 linux-x64)"`)).code).not.toBe(0);
  });

  test("is updated by proposals that wait for a week, and every place that pins something is one that they know", () => {
    const renovate = JSON.parse(read("renovate.json")) as {
      minimumReleaseAge: string;
      automerge: boolean;
      customManagers: { managerFilePatterns: string[]; matchStrings: string[] }[];
    };
    expect(renovate).toMatchObject({ minimumReleaseAge: "7 days", automerge: false, internalChecksFilter: "strict" });
    const known = (path: string): string[] =>
      renovate.customManagers
        .filter(({ managerFilePatterns }) =>
          managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(path)),
        )
        .flatMap(({ matchStrings }) =>
          matchStrings.flatMap((pattern) => [...read(path).matchAll(new RegExp(pattern, "g"))]),
        )
        .map(({ groups }) => `${groups?.["depName"]} ${groups?.["currentValue"]}`);
    const composed = [
      "docker-compose.yml",
      "infra/caddy/compose.yml",
      "infra/egress/compose.yml",
      "infra/observability/compose.yml",
    ];
    for (const path of ["Dockerfile.api", "Dockerfile.worker", ...composed]) {
      const images = [...read(path).matchAll(/(docker\.io\/[\w./-]+):([\w.-]+)/g)];
      expect(images.length).toBeGreaterThan(0);
      expect(known(path)).toEqual(expect.arrayContaining(images.map(([, name, version]) => `${name} ${version}`)));
    }
    for (const name of ["yt-dlp", "worker", "ffmpeg", "test-s3", "checkov"]) {
      expect(known(`bin/lib/python/${name}.in`)).toEqual([expect.stringMatching(/^[\w-]+ \d[\d.]+$/)]);
    }
    for (const [path, ...pinned] of [
      ["bin/lib/api-tools.sh", "github.com/oasdiff/oasdiff"],
      ["bin/lib/infra-tools.sh", "rhysd/actionlint", "zricethezav/gitleaks/v8", "terraform-linters/tflint"],
      [".github/workflows/ci.yml", "hashicorp/terraform", "pip-audit"],
      [".github/workflows/nightly.yml", "uv"],
      ["infra/terraform/modules/vidferry/variables.tf", "aws-observability/aws-otel-collector"],
    ] as const) {
      const [text, found] = [read(path), known(path)];
      expect([path, found.length]).toEqual([path, pinned.length]);
      for (const [index, name] of pinned.entries()) {
        const [place = "", version = ""] = found[index]?.split(" ") ?? [];
        expect(place).toEndWith(name);
        expect(version).toMatch(/^\d+\.\d+/);
        expect(text).toContain(version);
      }
    }
    expect(known("bin/lib/bun.sh")).toEqual([expect.stringMatching(/^bun \d/)]);
    expect(known("bin/lib/js-runtime.sh")).toEqual([expect.stringMatching(/^deno \d/)]);
  });

  test("is images of exact versions", () => {
    const { services } = parse(read("docker-compose.yml")) as { services: Record<string, { image: string }> };
    const images = Object.values(services).flatMap(({ image }) => /:-([^}]+)\}/.exec(image)?.[1] ?? []);
    const bases = ["Dockerfile.api", "Dockerfile.worker"].flatMap(
      (path) => read(path).match(/(?<=_IMAGE=)docker\S+/g) ?? [],
    );
    expect(images.length).toBe(3);
    for (const image of [...images, ...bases]) expect(image).toMatch(/:[\w-]*(\d+\.\d+|\d{8})/);
  });
});

test("the examples use an idempotency key of their own each run: one that is copied would answer with another's job", () => {
  const pages = [
    "README.md",
    ...readdirSync(join(root, "docs"))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];
  // The documentation's forms fill in what the API gives as an example.
  const api = JSON.parse(read("sdk/openapi.json")) as {
    paths: Record<string, Record<string, { parameters?: object[] }>>;
  };
  const parameters = Object.values(api.paths).flatMap((path) =>
    Object.values(path).flatMap((at) => at.parameters ?? []),
  );
  const keys = parameters.filter((parameter) => "name" in parameter && parameter.name === "idempotency-key");
  expect(keys.length).toBeGreaterThan(0);
  expect(JSON.stringify(keys)).not.toContain('"example"');
  for (const page of pages) {
    for (const [, key = ""] of read(page).matchAll(/idempotency-?key["']?: *["']?([^"'\s},]+)/gi))
      expect([page, key]).toEqual([page, expect.stringMatching(/^\$|^[a-z]+\.|^`/)]);
  }
});
