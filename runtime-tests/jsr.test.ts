import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { absenceOf, findRuntime, tempDir } from "@vidferry/testing";

const sdk = resolve(import.meta.dir, "../sdk");
const deno = findRuntime("deno");
const readJson = async (name: string) => JSON.parse(await readFile(join(sdk, name), "utf8")) as Record<string, unknown>;

test("the client is named, numbered and fed for JSR as for npm", async () => {
  const [jsr, npm] = await Promise.all(["jsr.json", "package.json"].map(readJson));
  const dependencies = Object.entries(npm?.["dependencies"] as Record<string, string>);
  expect(jsr).toMatchObject({
    ...{ name: npm?.["name"], version: npm?.["version"], license: npm?.["license"] },
    imports: Object.fromEntries(dependencies.map(([name, version]) => [name, `npm:${name}@${version}`])),
  });
});

test.skipIf(deno === undefined)(
  `JSR takes the client as it is, without tests${absenceOf("Deno", deno)}`,
  async () => {
    await using cache = await tempDir("vidferry-jsr");
    const child = Bun.spawn([deno ?? "", "publish", "--dry-run", "--allow-dirty", "--no-check"], {
      cwd: sdk,
      env: { PATH: process.env["PATH"], DENO_DIR: cache.path, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
      stdout: "ignore",
      stderr: "pipe",
      timeout: 150_000,
      killSignal: "SIGKILL",
    });
    const said = await new Response(child.stderr).text();
    expect({ code: await child.exited, said }).toEqual({ code: 0, said: expect.stringContaining("Dry run complete") });
    const files = [...said.matchAll(/file:\/\/\S+\/sdk\/(\S+) \(/g)].map(([, path]) => path ?? "");
    expect(files).toContain("src/index.ts");
    expect(files.filter((path) => /\.test\.|testing|openapi\.json/.test(path))).toEqual([]);
  },
  180_000,
);
