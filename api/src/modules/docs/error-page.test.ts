import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCodeNames, errorCodes } from "@vidferry/core";
import { errorGuideModule } from "../../../scripts/error-guide.ts";
import { createHarness } from "../../testing/harness.ts";

const sectionOf = (page: string, code: string): string => {
  const start = page.indexOf(`<section id="${code}">`);
  return page.slice(start, page.indexOf("</section>", start));
};

describe("GET /docs/errors", () => {
  test("tells of each code what it means, its status, whether it is retried, and what the troubleshooting page says", async () => {
    const page = await (await createHarness().send("GET", "/docs/errors")).text();
    for (const code of errorCodeNames) {
      const text = sectionOf(page, code);
      const { title, status } = errorCodes[code];
      expect({ code, isTold: text.includes(title.replaceAll("'", "&#39;")) && text.includes(`${status}, as`) }).toEqual(
        { code, isTold: true },
      );
      expect({ code, guide: text.slice(text.indexOf("</dl>") + 5).trim().length > 20 }).toEqual({ code, guide: true });
    }
    expect(sectionOf(page, "timed_out")).toContain("<dt>Retryable</dt><dd>yes");
    expect(sectionOf(page, "not_found")).toContain("<dt>Retryable</dt><dd>no");
    expect(sectionOf(page, "unavailable")).toContain("<table>");
    expect(sectionOf(page, "bot_check")).toContain('<a href="#login_required">');
  });

  test("is made from the troubleshooting page of this version", async () => {
    const read = (path: string) => readFile(join(import.meta.dir, path), "utf8");
    const markdown = await read("../../../../docs/troubleshooting.md");
    // If this fails: bun api/scripts/write-error-guide.ts
    expect(await read("generated/error-guide.ts")).toBe(errorGuideModule(markdown));
    expect(markdown).toContain("`/docs/errors`");
  });

  test.each(["/docs/errors", "/docs/errors/"])(
    "at %s needs no script and no style of its own, and all its links into the service lead somewhere",
    async (path) => {
      const { send } = createHarness();
      const response = await send("GET", path);
      expect(response.headers.get("content-security-policy")).toStartWith("default-src 'none'; style-src 'self';");
      const page = await response.text();
      expect(page).not.toMatch(/<script|<style| style=| on\w+=/);
      expect(page).toContain('<meta name="viewport"');
      const links = [...page.matchAll(/href="([^"]+)"/g)].map((match) => match[1] ?? "");
      for (const link of new Set(links)) {
        if (/^https:\/\//.test(link)) continue;
        if (link.startsWith("#")) expect(page).toContain(`id="${link.slice(1)}"`);
        else
          expect({ link, status: (await send("GET", new URL(link, `http://x${path}`).pathname)).status }).toEqual({
            link,
            status: 200,
          });
      }
    },
  );

  test("is linked from the description of the API", async () => {
    const document = await (await createHarness().send("GET", "/openapi.json")).json();
    expect(document.info.description).toContain("](/docs/errors)");
  });
});
