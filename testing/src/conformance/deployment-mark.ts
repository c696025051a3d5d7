import type { DeploymentId, DeploymentMark } from "@vidferry/core";
import type { TestKit } from "./test-kit.ts";

const idOf = (number: number): DeploymentId => `dep_${number.toString(16).padStart(32, "0")}`;

/** What every {@link DeploymentMark} must do; `markOf` gives one of a place that has none yet. */
export function markConformance(suite: Pick<TestKit, "test" | "expect"> & { readonly markOf: () => DeploymentMark }) {
  const { test, expect, markOf } = suite;

  test("of many deployments that claim a place at once one gets it, and keeps it until it is replaced", async () => {
    const mark = markOf();
    expect(await mark.read()).toBeNull();
    const ids = Array.from({ length: 8 }, (_, index) => idOf(index + 1));
    const answers = await Promise.all(ids.map((id) => mark.claim(id)));
    expect(new Set(answers).size).toBe(1);
    expect(ids.map(String)).toContain(answers[0] ?? "");
    expect(await mark.read()).toBe(answers[0] ?? "");
    expect(await mark.claim(idOf(9))).toBe(answers[0] ?? "");
    await mark.replace(idOf(9));
    expect(await mark.read()).toBe(idOf(9));
    expect(await mark.claim(idOf(1))).toBe(idOf(9));
  });
}
