import { existsSync } from "node:fs";
import { mkdir, readFile, realpath, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What of a manifest says what comes with a package. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Makes packages that are installed for `source` importable in `folder`, as if they had been installed there. */
export async function linkPackages(names: readonly string[], source: string, folder: string): Promise<void> {
  for (const name of names) {
    const link = join(folder, "node_modules", name);
    if (existsSync(link)) continue;
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(source, "node_modules", name), link);
  }
}

/** Every package, as name and version, that a registry's client installs for one in `folder`, itself among them. */
export async function packagesBehind(folder: string, found = new Set<string>()): Promise<ReadonlySet<string>> {
  const manifest = await readManifest(folder);
  const id = `${manifest.name}@${manifest.version}`;
  if (found.has(id)) return found;
  found.add(id);
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers])
    await packagesBehind(await installedFolder(name, await realpath(folder)), found);
  return found;
}

/** Where the import of a package leads from a folder. */
async function installedFolder(name: string, from: string): Promise<string> {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(candidate)) return realpath(candidate);
  }
  throw new Error(`${name} is not installed for ${from}`);
}
