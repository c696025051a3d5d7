import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** The programs that tests start in processes of their own, again and again; `programFile` in `testing/` finds their bundles. */
const programs = [
  "bench/chaos/worker-main.ts",
  "bench/soak/serve-main.ts",
  "cli/src/main.ts",
  "worker/src/testing/maintenance-main.ts",
  "worker/src/testing/worker-main.ts",
];

/** Files that are found relative to a module, such as migrations, stay where they are: each module knows the place of its source. */
const sourcePlaces: Bun.BunPlugin = {
  name: "source places",
  setup: (build) => {
    build.onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path, loader }) => {
      const text = await readFile(path, "utf8");
      if (!text.includes("import.meta.")) return undefined;
      const contents = text
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)))
        .replaceAll("import.meta.dir", JSON.stringify(dirname(path)));
      return { contents, loader };
    });
  },
};

/** Bundles them into the folder, as their paths below `root`: one that starts from its sources loads a thousand files. */
export async function bundlePrograms(root: string, folder: string): Promise<void> {
  await Bun.build({
    entrypoints: programs.map((program) => join(root, program)),
    root,
    outdir: folder,
    target: "bun",
    // What a command does not need is not loaded.
    splitting: true,
    // Names stay, for stack traces; the source map is for their lines.
    minify: { whitespace: true, syntax: true, identifiers: false },
    sourcemap: "linked",
    plugins: [sourcePlaces],
  });
}
