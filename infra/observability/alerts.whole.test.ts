import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { absenceOf } from "@vidferry/testing";
import { findPromtool } from "@vidferry/testing/services";
import { metricTable } from "../../core/src/adapters/prometheus/index.ts";

const folder = import.meta.dir;
const rules = readFileSync(`${folder}/alerts.yml`, "utf8");
const names = [...rules.matchAll(/^ {6}- alert: (\w+)$/gm)].map(([, name = ""]) => name);
const promtool = findPromtool();

async function run(...args: string[]): Promise<string> {
  const child = Bun.spawn([promtool ?? "", ...args], { cwd: folder, stdout: "pipe", stderr: "pipe" });
  const [out, said] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return `${await child.exited}: ${out}${said}`;
}

describe("the alerts", () => {
  test.skipIf(promtool === undefined)(
    `are rules that Prometheus takes${absenceOf("Prometheus", promtool)}`,
    async () => {
      expect(await run("check", "rules", "alerts.yml")).toStartWith("0: ");
    },
  );

  test.skipIf(promtool === undefined)(
    `fire when they should and at no other time${absenceOf("Prometheus", promtool)}`,
    async () => {
      expect(await run("test", "rules", "alerts.test.yml")).toStartWith("0: ");
    },
  );

  test("are each tried, when all is well and when it is not", () => {
    const tests = readFileSync(`${folder}/alerts.test.yml`, "utf8");
    for (const name of names) {
      expect([name, tests.includes(`- { eval_time: 90m, alertname: ${name} }`)]).toEqual([name, true]);
      expect([name, new RegExp(`alertname: ${name}\\n +exp_alerts:`).test(tests)]).toEqual([name, true]);
    }
  });

  test("ask for metrics and values of labels that there are", () => {
    const asked = [...rules.matchAll(/\b(vidferry_\w+?)(?:_count|_sum|_bucket)?(?:\{([^}]*)\})?(?=[\s)[])/g)];
    expect(asked.length).toBeGreaterThan(names.length);
    for (const [, name = "", labels = ""] of asked) {
      const metric = Object.entries(metricTable).find(([known]) => known === name)?.[1];
      expect([name, metric === undefined]).toEqual([name, false]);
      for (const [, label = "", values = ""] of labels.matchAll(/(\w+)=~?"([^"]*)"/g)) {
        const known = (metric?.labels as Record<string, readonly string[] | null> | undefined)?.[label];
        for (const value of values.split("|"))
          expect([name, label, value, known?.includes(value) ?? known]).toEqual([
            name,
            label,
            value,
            known === null ? null : true,
          ]);
      }
    }
  });

  test("have a section each in the runbooks, which they lead to", () => {
    const runbooks = readFileSync(`${folder}/../../docs/runbooks.md`, "utf8");
    const sections = [...runbooks.matchAll(/^## (Vidferry\w+)$/gm)].map(([, name = ""]) => name);
    expect(sections.toSorted()).toEqual(names.toSorted());
    const led = [...rules.matchAll(/runbook_url: https:\/\/\S+\/docs\/runbooks\.md#(\w+)$/gm)].map(([, name]) => name);
    expect(led).toEqual(names.map((name) => name.toLowerCase()));
  });
});
