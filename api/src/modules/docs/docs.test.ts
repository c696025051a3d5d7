import { describe, expect, test } from "bun:test";
import { createHarness, expectProblem } from "../../testing/harness.ts";

describe("GET /docs", () => {
  test("is a page of local files only, and each of them is there", async () => {
    const { send } = createHarness();
    const response = await send("GET", "/docs");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toStartWith("text/html");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self';");
    const page = await response.text();
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/<script>/);
    const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const asset = await send("GET", `/${file}`);
      expect({ file, status: asset.status }).toEqual({ file, status: 200 });
      expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  test.each([
    ["swagger-ui.css", "text/css; charset=utf-8"],
    ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
    ["favicon-32x32.png", "image/png"],
  ])("serves %s as %s", async (file, type) => {
    const { send } = createHarness();
    expect((await send("GET", `/docs/swagger-ui-dist/${file}`)).headers.get("content-type")).toBe(type);
  });

  test.each(["package.json", "..%2fpackage.json", "constructor", "%2e%2e%2f%2e%2e%2fetc%2fpasswd"])(
    "serves no other file, such as %s",
    async (file) => {
      const { send } = createHarness();
      await expectProblem(await send("GET", `/docs/swagger-ui-dist/${file}`), 404, "not_found");
    },
  );
});
