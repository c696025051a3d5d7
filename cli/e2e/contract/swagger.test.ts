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
const testMs = 240_000;

/** What a person does on the page: opens the dialog, types the key into one of its fields, and tries the list of downloads. */
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
  const run = async () => {
    (await wait(() => document.querySelector(".btn.authorize"))).click();
    const input = await wait(() => document.querySelectorAll(".auth-container")[${field}]?.querySelector("input"));
    type(input, ${JSON.stringify(key)});
    document.querySelectorAll(".auth-container")[${field}].querySelector("button.authorize").click();
    (await wait(() => document.querySelector(".btn-done"))).click();
    const operation = await wait(() => document.querySelector("#operations-downloads-countDownloads, #operations-keys-listKeys"));
    operation.querySelector("button").click();
    (await wait(() => operation.querySelector(".try-out__btn"))).click();
    (await wait(() => operation.querySelector(".execute"))).click();
    const status = await wait(() => operation.querySelector(".live-responses-table tbody .response-col_status")?.textContent);
    window.answered = status;
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

  test.each([
    ["a bearer token", 0],
    ["X-API-Key", 1],
  ])(
    "takes a key as %s and gets an answer with it",
    async (_, field) => {
      await using page: BrowserPage = await openPage(chromium ?? "", `${api.url}/docs`);
      await eventually(
        async () => (await page.evaluate("document.querySelector('.btn.authorize') !== null")) === true,
        {
          timeoutMs: 60_000,
        },
      );
      await page.evaluate(steps(field, key));
      const status = await eventually(async () => await page.evaluate("window.answered"), { timeoutMs: 60_000 });
      expect(String(status)).toStartWith("200");
    },
    testMs,
  );
});
