import { expect, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createFakeYtDlp, tempDir } from "@vidferry/testing";
import { systemPath } from "../adapters/engine/process/index.ts";
import { createSilentLogger, systemClock } from "../adapters/system/index.ts";
import { ConfigError } from "../config/index.ts";
import { composeEngine } from "./engine.ts";

test("certificate authorities that cannot be read stop the start, by the variable's name", async () => {
  await using dir = await tempDir("vidferry-engine");
  const make = (caFile: string) => () =>
    composeEngine({ workDir: dir.path, caFile }, { clock: systemClock, logger: createSilentLogger() });
  expect(make(`${dir.path}/none.pem`)).toThrow(ConfigError);
  expect(make(`${dir.path}/none.pem`)).toThrow(/CA_FILE: expected a file that can be read/);
  await Bun.write(`${dir.path}/text.pem`, "not a certificate");
  expect(make(`${dir.path}/text.pem`)).toThrow(/CA_FILE: expected a file with certificates/);
});

test("cookies that cannot be read, or are no cookies, stop the start by the variable's name", async () => {
  await using dir = await tempDir("vidferry-engine");
  const make = (cookiesFile: string) => () =>
    composeEngine({ workDir: dir.path, cookiesFile }, { clock: systemClock, logger: createSilentLogger() });
  expect(make(`${dir.path}/none.txt`)).toThrow(ConfigError);
  expect(make(`${dir.path}/none.txt`)).toThrow(/COOKIES_FILE: expected a file that can be read/);
  await Bun.write(`${dir.path}/cookies.json`, '[{"name": "SID", "value": "s3cret"}]');
  expect(make(`${dir.path}/cookies.json`)).toThrow(/COOKIES_FILE: expected cookies in Netscape's form .*, not JSON/);
});

test("a guard that could not start is started again by the next run, and hinders no close", async () => {
  await using dir = await tempDir("vidferry-engine");
  const engine = composeEngine(
    { workDir: dir.path, ytDlp: await createFakeYtDlp(dir.path), proxyUrl: "not a proxy", warm: false },
    { clock: systemClock, logger: createSilentLogger() },
  );
  const probe = () => engine.probe("https://youtu.be/dQw4w9WgXcQ", { signal: AbortSignal.timeout(20_000) });
  for (let round = 0; round < 2; round++) await expect(probe()).rejects.toThrow("expected the URL of a proxy");
  await engine.close();
});

test("programs may be named relative to this process, although they run in folders of their own", async () => {
  await using dir = await tempDir("vidferry-engine");
  const from = (name: string) => relative(process.cwd(), `${dir.path}/${name}`);
  const list = `${dir.path}/arguments`;
  await createFakeYtDlp(dir.path, { steps: [{ writeArguments: list }], exitCode: 1 });
  const engine = composeEngine(
    {
      workDir: `${dir.path}/work`,
      ytDlp: from("yt-dlp"),
      ffmpeg: from("ffmpeg"),
      jsRuntime: { name: "deno", path: from("deno") },
      warm: false,
    },
    { clock: systemClock, logger: createSilentLogger() },
  );
  const probe = engine.probe("https://youtu.be/dQw4w9WgXcQ", { signal: AbortSignal.timeout(20_000) });
  await expect(probe).rejects.toThrow();
  await engine.close();
  expect((await Bun.file(list).text()).split("\n")).toContain(`deno:${dir.path}/deno`);
  expect(await Bun.file(`${dir.path}/work/.guard/ffmpeg`).text()).toContain(`'${dir.path}/ffmpeg'`);
});

test("programs are found on the caller's PATH, and see nothing else of its environment", async () => {
  await using dir = await tempDir("vidferry-engine");
  const seen = `${dir.path}/seen`;
  const program = `${dir.path}/bin/yt-dlp`;
  await Bun.write(program, `#!/bin/sh\n[ "$1" = --version ] && exec echo 2026.10.26\nenv >${seen}\nexit 1\n`);
  await chmod(program, 0o755);
  const source = `
    import { createVidferry } from "./compose/create-vidferry.ts";
    await using vidferry = createVidferry();
    await vidferry.probe("https://youtu.be/dQw4w9WgXcQ").catch(() => undefined);`;
  const child = Bun.spawn([process.execPath, "--no-install", "-e", source], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { PATH: `${dir.path}/bin:here:/usr/bin`, HOME: "/home/of/caller", DATABASE_PASSWORD: "hunter2" },
    stderr: "inherit",
  });
  expect(await child.exited).toBe(0);
  const lines = (await Bun.file(seen).text()).trim().split("\n");
  const environment = new Map(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  expect(environment.get("PATH")?.split(":").toSorted()).toEqual(
    [...new Set([`${dir.path}/bin`, "/usr/bin", ...systemPath.split(":")])].toSorted(),
  );
  expect(environment.get("PATH")).toStartWith(`${dir.path}/bin:/usr/bin:`);
  expect(environment.has("DATABASE_PASSWORD")).toBe(false);
  expect(lines.join("\n")).not.toMatch(/hunter2|of\/caller/);
});
