import { copyFile, mkdir, readFile } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import { findTools, tempDir } from "@vidferry/testing";
import { parseDockerfile } from "../../../infra/dockerfile.ts";
import { buildGoProgram, type GoProgram } from "../go-program.ts";
import { attempt, docker, run } from "./docker.ts";

/** The images that ours are made from and that run beside them, by the variable or build argument that names each. */
export interface Bases {
  /** Arguments of `docker build`. */
  readonly build: Readonly<Record<string, string>>;
  /** Variables of docker-compose.yml and of its additions. */
  readonly compose: Readonly<Record<string, string>>;
  /** Debian as the worker's image has it, for what the trial itself needs. */
  readonly debian: string;
  readonly origin: string;
}

/** Where to find and keep things. */
export interface Places {
  /** The clone. */
  readonly root: string;
  /** A folder in it that is not part of the sources. */
  readonly tools: string;
}

/** Programs that exist for these, by Node's names of processors; other images cannot be made. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** The name that images give this machine's processor. @throws Error when Bun and Deno do not exist for it. */
export function imageArchitecture(processor: string = arch()): string {
  const name = architectures[processor];
  if (name === undefined)
    throw new Error(
      `images are for amd64 and arm64, as Bun and Deno exist for no other; this processor is ${processor}`,
    );
  return name;
}

/** Whether the registry that the base of the API's image comes from is reached from here. */
export async function reachesRegistry({ root }: Places): Promise<boolean> {
  const { args } = parseDockerfile(await readFile(join(root, "Dockerfile.api"), "utf8"));
  const { code } = await attempt(["timeout", "120", "docker", "pull", "-q", args["BUN_IMAGE"] ?? ""]);
  return code === 0;
}

/** The images that our files name: nothing is replaced. */
export async function namedBases({ root }: Places): Promise<Bases> {
  const { args } = parseDockerfile(await readFile(join(root, "Dockerfile.worker"), "utf8"));
  return { build: {}, compose: {}, debian: args["DEBIAN_IMAGE"] ?? "", origin: "as our files name them" };
}

/** Stand-ins from Debian, npm and the Go module proxy, made here where they are not there yet. */
export async function makeBases(places: Places): Promise<Bases> {
  imageArchitecture();
  await makeDebian();
  const bun = await make(places, "bun", { bun: process.execPath });
  const deno = await make(places, "deno", { deno: await findDeno(places) });
  const postgres = await make(places, "postgres", {
    "postgres-entrypoint": join(places.root, "bin/lib/images/bases/postgres-entrypoint"),
  });
  const valkey = await make(places, "valkey", {});
  const prometheus = await make(places, "prometheus", {});
  const squid = await make(places, "squid", {});
  const versitygw = await make(places, "versitygw", {
    versitygw: buildGoProgram(join(places.root, ".tools"), versitygwProgram),
  });
  return {
    build: { BUN_IMAGE: bun, DENO_IMAGE: deno, DEBIAN_IMAGE: debian },
    compose: {
      POSTGRES_IMAGE: postgres,
      REDIS_IMAGE: valkey,
      S3_IMAGE: versitygw,
      EGRESS_IMAGE: squid,
      PROMETHEUS_IMAGE: prometheus,
    },
    debian,
    origin: "made here from Debian, npm and the Go module proxy",
  };
}

/** The S3 server of docker-compose.yml. */
const versitygwProgram: GoProgram = { module: "github.com/versity/versitygw/cmd/versitygw@v1.8.0", name: "versitygw" };

const debian = "vidferry-base/debian";
/** What was cut short is an image as well: it gets its name when it is whole. */
const unfinished = "vidferry-base/debian:unfinished";
const hostAuthorities = "/etc/ssl/host-authorities.pem";

/** What docker.io/library/debian:trixie-slim is: Debian 13 without manuals and translations. */
async function makeDebian(): Promise<void> {
  if (await isThere(debian)) return;
  const slim = ["doc/*", "man/*", "locale/*", "info/*"].map((path) => `path-exclude=/usr/share/${path}`);
  const configuration = [...slim, "path-include=/usr/share/doc/*/copyright", ""].join("\\n");
  // What is installed in an image must not leave archives and indexes in it.
  const withoutCaches = [
    'Dir::Cache::pkgcache "";',
    'Dir::Cache::srcpkgcache "";',
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };',
    "",
  ].join("\\n");
  const hooks = [
    `rm -rf "$1"/usr/share/man/* "$1"/usr/share/locale/* "$1"/usr/share/info/*`,
    `find "$1"/usr/share/doc ! -type d ! -name copyright -delete`,
    `printf '${configuration}' >"$1"/etc/dpkg/dpkg.cfg.d/slim`,
    `printf '${withoutCaches}' >"$1"/etc/apt/apt.conf.d/docker-clean`,
    // With that, apt does not remove what it has kept until now.
    `rm -f "$1"/var/cache/apt/*.bin`,
    `mkdir -p "$1"/etc/ssl`,
    "upload /etc/ssl/certs/ca-certificates.crt /etc/ssl/host-authorities.pem",
  ];
  // Where HTTPS goes through an authority of the machine's own, programs are told so by variables; those in the image need it too.
  const variables = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "REQUESTS_CA_BUNDLE"];
  const changes = variables.filter((name) => process.env[name]).map((name) => `ENV ${name}=${hostAuthorities}`);
  const mmdebstrap = ["mmdebstrap", "--variant=minbase", "--dpkgopt=force-unsafe-io"];
  const [tarball, image] = [
    [...mmdebstrap, ...hooks.map((hook) => `--customize-hook=${hook}`), "trixie", "-"],
    ["docker", "import", ...changes.flatMap((change) => ["-c", change]), "-", unfinished],
  ].map((words) => words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" "));
  // The system's Python and Perl, whatever the caller has before them.
  const path = `/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin:${process.env["PATH"] ?? ""}`;
  await run(["bash", "-c", `set -o pipefail; ${tarball} | ${image}`], { env: { PATH: path } });
  await docker("tag", unfinished, debian);
  await docker("rmi", unfinished);
}

async function isThere(image: string): Promise<boolean> {
  return (await attempt(["docker", "image", "inspect", image])).code === 0;
}

/** Builds the Dockerfile of a stand-in with these files beside it. */
async function make(places: Places, name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const image = `vidferry-base/${name}`;
  await using context = await tempDir("vidferry-base");
  for (const [file, path] of Object.entries(files)) await copyFile(path, join(context.path, file));
  await copyFile(join(places.root, `bin/lib/images/bases/${name}.Dockerfile`), join(context.path, "Dockerfile"));
  await docker("build", "-q", "-t", image, context.path);
  return image;
}

/** Deno for the image: what the set-up found if that is Deno, else npm's. */
async function findDeno({ root, tools }: Places): Promise<string> {
  const found = findTools().jsRuntime;
  if (found.startsWith("deno:")) return found.slice("deno:".length);
  const version = /deno:bin-(\S+)/.exec(await readFile(join(root, "Dockerfile.worker"), "utf8"))?.[1] ?? "";
  const platform = imageArchitecture() === "amd64" ? "linux-x64-glibc" : "linux-arm64-glibc";
  const folder = join(tools, "deno");
  await mkdir(folder, { recursive: true });
  await run([process.execPath, "add", "--cwd", folder, "--exact", "--ignore-scripts", `@deno/${platform}@${version}`]);
  return join(folder, "node_modules/@deno", platform, "deno");
}
