import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { contentTypes, manifestOf, pageOf } from "./page.ts";

/**
 * Builds the dashboard into `dist/`: files named after their content, each of them also compressed, and `built.json`, from
 * which the API learns what there is. The folder is replaced at the end, so that a build that fails leaves the last one.
 */
const root = join(import.meta.dir, "..");
const target = join(root, "dist");
const draft = join(root, `.dist-${process.pid}`);

const name = "[name]-[hash].[ext]";
await rm(draft, { recursive: true, force: true });
await mkdir(draft);
try {
  const { outputs } = await Bun.build({
    entrypoints: ["src/main.tsx", "src/styles/main.css", "src/assets/icon.svg"].map((path) => join(root, path)),
    outdir: draft,
    naming: { entry: name, chunk: name, asset: name },
    loader: { ".svg": "file" },
    conditions: ["bun"],
    // Said here too: an image has no tsconfig.json.
    jsx: { runtime: "automatic", importSource: "preact" },
    define: { "process.env.NODE_ENV": '"production"' },
    target: "browser",
    splitting: true,
    minify: true,
  });
  const names = new Set(outputs.map(({ path }) => path.slice(draft.length + 1)));
  const entries = outputs
    .filter(({ kind }) => kind === "entry-point" || kind === "asset")
    .map(({ path }) => path.slice(draft.length + 1));
  const named = (start: string, end: string): string => {
    const found = entries.find((one) => one.startsWith(`${start}-`) && one.endsWith(end));
    if (found === undefined) throw new Error(`The build made no ${start}${end}.`);
    return found;
  };
  const icon = named("icon", ".svg");
  for (const made of [...names].filter((one) => one.startsWith("icon-") && one.endsWith(".js"))) {
    names.delete(made);
    await rm(join(draft, made));
  }
  const manifestText = JSON.stringify(manifestOf(icon));
  const manifest = `manifest-${Bun.hash(manifestText).toString(36)}.webmanifest`;
  await writeFile(join(draft, manifest), manifestText);
  names.add(manifest);

  const types: Record<string, string> = {};
  for (const file of names) {
    const type = contentTypes[file.slice(file.lastIndexOf("."))];
    if (type === undefined) throw new Error(`${file} is of no known type.`);
    types[file] = type;
    const bytes = await Bun.file(join(draft, file)).bytes();
    const options = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
    await writeFile(join(draft, `${file}.br`), await promisify(brotliCompress)(bytes, options));
    types[`${file}.br`] = type;
  }
  const page = pageOf({ script: named("main", ".js"), styles: named("main", ".css"), icon, manifest });
  await writeFile(join(draft, "built.json"), JSON.stringify({ page, types }));
  await rm(target, { recursive: true, force: true });
  await rename(draft, target);
} finally {
  await rm(draft, { recursive: true, force: true });
}
