import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { imageArchitecture } from "./bases.ts";
import { run } from "./docker.ts";

/** What pip calls the processors, by the names of images. */
const wheels = { amd64: "x86_64", arm64: "aarch64" } as const;
/** The Python of the worker's base, Debian 13. */
const python = { version: "3.13", abi: "cp313" } as const;

/**
 * Fetches what the worker's image installs from PyPI for the processor that this machine does not have: the same versions with the same
 * hashes. The image itself is built where there is such a processor (`.github/workflows/images.yml`).
 */
export async function fetchForOther(root: string): Promise<string> {
  const other = imageArchitecture() === "amd64" ? "arm64" : "amd64";
  const platforms = ["manylinux2014", "manylinux_2_28"].flatMap((name) => ["--platform", `${name}_${wheels[other]}`]);
  await using folder = await tempDir("vidferry-wheels");
  await run([
    ...[join(root, ".tools/venv/bin/python"), "-m", "pip", "download", "--quiet", "--no-deps"],
    ...["--require-hashes", "--only-binary=:all:", "--implementation", "cp", "--python-version", python.version],
    ...["--abi", python.abi, "--abi", "abi3", "--abi", "none", ...platforms],
    ...["--dest", folder.path, "-r", join(root, "bin/lib/python/worker.txt")],
  ]);
  return other;
}
