import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { absenceOf, type TempDir, tempDir } from "@vidferry/testing";
import { runHere } from "../command.ts";
import { type RoleProcess, startRole } from "../fleet/role-process.ts";
import { documentFile, hasTool, runTool } from "./tools.ts";

const testMs = 300_000;
const link = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";

describe("a client that is generated from the OpenAPI document compiles and creates a job:", () => {
  let dir: TempDir;
  let api: RoleProcess;
  let key: string;

  beforeAll(async () => {
    dir = await tempDir("vidferry-clients");
    const env = {
      PATH: process.env["PATH"] ?? "",
      HOME: dir.path,
      REUSE: "off",
      PORT: "0",
      AUTH: "keys",
      DATABASE_URL: `sqlite:${dir.path}/vidferry.db`,
      STORAGE_URL: `file:${dir.path}/files`,
      WORK_DIR: `${dir.path}/work`,
    };
    await mkdir(join(dir.path, "work"));
    await runHere(["migrate"], env);
    const created = await runHere(["keys", "create", "--name", "client"], env);
    key = /vf_\w+/.exec(created.stdout)?.[0] ?? "";
    api = await startRole("api", { cwd: dir.path, env });
  }, testMs);

  afterAll(async () => {
    await api?.end();
    await dir?.[Symbol.asyncDispose]();
  });

  test.skipIf(!hasTool("heyApi"))(
    `@hey-api/openapi-ts, with strict TypeScript${absenceOf("@hey-api/openapi-ts", hasTool("heyApi"))}`,
    async () => {
      const cwd = join(dir.path, "hey-api");
      await mkdir(cwd);
      const args = ["--input", documentFile, "--output", join(cwd, "client"), "--client", "@hey-api/client-fetch"];
      expect(await runTool("heyApi", [...args, "--no-log-file"], { cwd })).toMatchObject({ code: 0 });
      const use = `import { createClient, createConfig } from "./client/client";
import { createDownload } from "./client/sdk.gen";
const [baseUrl, key] = process.argv.slice(2);
const client = createClient(createConfig({ baseUrl: baseUrl ?? "", auth: key ?? "" }));
const { data, error } = await createDownload({ client, body: { url: ${JSON.stringify(link)} } });
if (data === undefined) throw new Error(JSON.stringify(error));
console.log(data.id, data.state);
`;
      await writeFile(join(cwd, "use.ts"), use);
      const strict = ["--strict", "--noEmit", "--skipLibCheck", "--target", "esnext", "--module", "esnext"];
      await writeFile(join(cwd, "globals.d.ts"), "declare const process: { readonly argv: readonly string[] };\n");
      const files = ["--moduleResolution", "bundler", "--lib", "esnext,dom,dom.iterable", "globals.d.ts", "use.ts"];
      expect(await runTool("tsc", [...strict, ...files], { cwd })).toEqual({ code: 0, output: "" });
      const child = Bun.spawn([process.execPath, "--no-install", "use.ts", api.url, key], { cwd, stderr: "inherit" });
      expect(await new Response(child.stdout).text()).toMatch(/^job_\w+ queued/);
    },
    testMs,
  );

  test.skipIf(!hasTool("openapiPythonClient"))(
    `openapi-python-client${absenceOf("openapi-python-client", hasTool("openapiPythonClient"))}`,
    async () => {
      const cwd = join(dir.path, "python");
      await mkdir(cwd);
      const config = join(cwd, "config.yaml");
      // It knows no file by another type, and reads no feed.
      const files = ["*/*", "application/zip", "application/rss+xml"];
      const types = files.map((type) => `"${type}": application/octet-stream`).join(", ");
      await writeFile(config, `content_type_overrides: { ${types} }\npost_hooks: []\n`);
      const paths = ["--path", documentFile, "--output-path", join(cwd, "vidferry_client"), "--config", config];
      const args = ["generate", ...paths, "--meta", "none", "--fail-on-warning"];
      const generated = await runTool("openapiPythonClient", args, { cwd });
      expect(generated).toMatchObject({ code: 0 });
      const use = `import sys
from vidferry_client import AuthenticatedClient
from vidferry_client.api.downloads import create_download
from vidferry_client.models import DownloadRequest
client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
job = create_download.sync(client=client, body=DownloadRequest(url=${JSON.stringify(link)}))
print(job.id, job.state)
`;
      await writeFile(join(cwd, "use.py"), use);
      expect(await runTool("python", ["-m", "compileall", "-q", "vidferry_client"], { cwd })).toMatchObject({
        code: 0,
      });
      const { code, output } = await runTool("python", ["use.py", api.url, key], { cwd });
      expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^job_\w+ /) });
    },
    testMs,
  );
});
