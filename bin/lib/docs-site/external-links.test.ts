import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { absenceAt, externalLinks, faultOf } from "./external-links.ts";

const root = resolve(import.meta.dir, "../../..");

test("every address that the pages link to is written as one that can be followed", () => {
  const links = externalLinks(root);
  expect(links.length).toBeGreaterThan(5);
  expect(links.flatMap(({ url, pages }) => (faultOf(url) === null ? [] : `${url} (${pages}) ${faultOf(url)}`))).toEqual(
    [],
  );
});

test.each([
  ["https://keda.sh", null],
  ["mailto:security@vidferry.org", null],
  ["http://keda.sh", "does not begin with https:"],
  ["https://", "is no address"],
  ["https://me:secret@keda.sh", "holds credentials"],
  ["https://127.0.0.1/x", "names no public host"],
  ["https://video.example.org/", "leads to a host that is an example"],
  ["https://keda.sh/docs.", "ends with punctuation"],
  ["https://github.com/a/b/blob/main/c.ts#L3", "names a line of a branch"],
  [`https://github.com/a/b/blob/${"a".repeat(40)}/c.ts#L3`, null],
])("the address %s is judged: %p", (url, fault) => expect(faultOf(url)).toBe(fault));

test("what is gone is told from what is there, and from what refuses programs", async () => {
  await using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => new Response(null, { status: Number(new URL(url).pathname.slice(1)) }),
  });
  const at = (status: number) => absenceAt(`${server.url.origin}/${status}`);
  expect([await at(200), await at(403), await at(404)]).toEqual([null, null, "answers 404"]);
});
