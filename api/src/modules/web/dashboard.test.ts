import { describe, expect, test } from "bun:test";
import { createHarness, expectProblem } from "../../testing/harness.ts";

const browser = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

async function filesOf(page: string): Promise<string[]> {
  return [...page.matchAll(/(?:src|href)="(app\/files\/[^"]+)"/g)].map((match) => match[1] ?? "");
}

describe("the dashboard", () => {
  test("`/` answers a browser with the page, and anything else with links", async () => {
    const { send } = createHarness();
    for (const headers of [{}, { accept: "*/*" }, { accept: "application/json" }] as Record<string, string>[]) {
      const answer = await send("GET", "/", undefined, headers);
      expect(answer.headers.get("content-type")).toContain("application/json");
      expect(answer.headers.get("vary")).toContain("Accept");
      expect(await answer.json()).toMatchObject({ name: "Vidferry", links: { dashboard: "/app/" } });
    }
    const page = await send("GET", "/", undefined, browser);
    expect(page.headers.get("content-type")).toStartWith("text/html");
    expect(page.headers.get("vary")).toContain("Accept");
  });

  test.each(["/app", "/app/", "/app/downloads/job_1", "/app/operator/workers"])(
    "%s is the same page, under a strict policy",
    async (path) => {
      const { send } = createHarness();
      const answer = await send("GET", path);
      expect(answer.status).toBe(200);
      const policy = answer.headers.get("content-security-policy") ?? "";
      for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]) {
        expect(policy.split("; ")).toContain(part);
      }
      expect(policy).not.toContain("unsafe");
      const page = await answer.text();
      expect(page).toContain('<base href="/">');
      expect(page).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
    },
  );

  test("its files are compressed, never change under their names, and no other file is one", async () => {
    const { send } = createHarness();
    const files = await filesOf(await (await send("GET", "/app/")).text());
    expect(files.length).toBe(4);
    for (const file of files) {
      const plain = await send("GET", `/${file}`);
      expect(plain.status).toBe(200);
      expect(plain.headers.get("cache-control")).toContain("immutable");
      const small = await send("GET", `/${file}`, undefined, { "accept-encoding": "gzip, br" });
      expect(small.headers.get("content-encoding")).toBe("br");
      expect(small.headers.get("content-type")).toBe(plain.headers.get("content-type"));
    }
    for (const name of ["built.json", "..%2fpackage.json", "constructor", "main.js"]) {
      await expectProblem(await send("GET", `/app/files/${name}`), 404, "not_found");
    }
  });

  test("counts its addresses from the path of PUBLIC_URL", async () => {
    const { send } = createHarness({ config: { publicUrl: "https://video.example/ferry" } });
    expect(await (await send("GET", "/app/")).text()).toContain('<base href="/ferry/">');
  });
});
