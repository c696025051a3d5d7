import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  absenceOf,
  type BrowserPage,
  eventually,
  findBrowser,
  openPage,
  type TempDir,
  tempDir,
} from "@vidferry/testing";
import { runCommand } from "../command.ts";
import { type RoleProcess, startRole } from "../fleet/role-process.ts";

const chromium = findBrowser();
const testMs = 480_000;

/** What a person does on the page: opens the dialog, types the key into one of its fields, tries the list of downloads, and logs out. */
const steps = (field: number, key: string) => `(() => {
  const wait = (found) => new Promise((done) => {
    const look = () => { const value = found(); if (value) done(value); else setTimeout(look, 50); };
    look();
  });
  const type = (input, text) => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const dialog = async () => {
    (await wait(() => document.querySelector(".btn.authorize"))).click();
    return await wait(() => document.querySelectorAll(".auth-container")[${field}]);
  };
  const close = async () => (await wait(() => document.querySelector(".btn-done"))).click();
  const run = async () => {
    const container = await dialog();
    type(await wait(() => container.querySelector("input")), ${JSON.stringify(key)});
    container.querySelector("button.authorize").click();
    await close();
    const operation = await wait(() => document.querySelector("#operations-downloads-countDownloads, #operations-keys-listKeys"));
    if (!operation.querySelector(".execute")) {
      operation.querySelector("button").click();
      (await wait(() => operation.querySelector(".try-out__btn"))).click();
    }
    operation.querySelector(".btn-clear")?.click();
    await wait(() => !operation.querySelector(".live-responses-table"));
    (await wait(() => operation.querySelector(".execute"))).click();
    const status = await wait(() => operation.querySelector(".live-responses-table tbody .response-col_status")?.textContent);
    const opened = await dialog();
    (await wait(() => [...opened.querySelectorAll("button")].find((button) => button.textContent === "Logout"))).click();
    await close();
    window.answered = [...(window.answered ?? []), status];
  };
  run();
})()`;

describe.skipIf(chromium === undefined)(`the documentation's own client${absenceOf("Chromium", chromium)}`, () => {
  let dir: TempDir;
  let api: RoleProcess;
  let key: string;

  beforeAll(async () => {
    dir = await tempDir("vidferry-docs");
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
    await runCommand(["migrate"], { cwd: dir.path, env });
    const made = await runCommand(["keys", "create", "--name", "docs", "--scopes", "admin"], { cwd: dir.path, env });
    key = /vf_\w+/.exec(made.stdout)?.[0] ?? "";
    api = await startRole("api", { cwd: dir.path, env });
  }, testMs);

  afterAll(async () => {
    await api?.end();
    await dir?.[Symbol.asyncDispose]();
  });

  // One page for both: a browser that draws it is most of what this takes.
  test(
    "takes a key as a bearer token and as X-API-Key, and gets an answer with each",
    async () => {
      await using page: BrowserPage = await openPage(chromium ?? "", `${api.url}/docs`);
      await eventually(
        async () => (await page.evaluate("document.querySelector('.btn.authorize') !== null")) === true,
        { timeoutMs: 150_000 },
      );
      const answers: string[] = [];
      for (const field of [0, 1]) {
        await page.evaluate(steps(field, key));
        const status = await eventually(async () => await page.evaluate(`window.answered?.[${field}]`), {
          timeoutMs: 150_000,
        });
        answers.push(String(status));
      }
      expect(answers).toEqual([expect.stringMatching(/^200/), expect.stringMatching(/^200/)]);
    },
    testMs,
  );
});
