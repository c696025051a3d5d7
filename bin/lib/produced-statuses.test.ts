import { expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { neverProduced, readProduced } from "./produced-statuses.ts";

const document = {
  paths: {
    "/things": { get: { operationId: "listThings", responses: { 200: {}, 401: {} } } },
    "/things/{id}": { delete: { operationId: "deleteThing", responses: { 204: {} } } },
  },
};

test("a documented status counts as produced when any process of the run saw it", async () => {
  await using dir = await tempDir("vidferry-produced");
  const folder = join(dir.path, "run");
  await mkdir(folder);
  await writeFile(join(folder, "1.txt"), "listThings 200\nlistThings 200\n");
  await writeFile(join(folder, "2.txt"), "deleteThing 204\n");
  expect(neverProduced(document, await readProduced(folder))).toEqual(["listThings 401"]);
});
