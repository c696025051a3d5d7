import { expect, test } from "bun:test";
import { absenceOf, eventually } from "@vidferry/testing";
import { findAlertmanager, findPrometheus, findPromtool } from "@vidferry/testing/services";
import { startObservedService } from "./observed-service.ts";
import { problemsOf } from "./promtool.ts";

const absent = findPrometheus() === undefined || findPromtool() === undefined || findAlertmanager() === undefined;

/** Nothing of their kind happened here, and the egress that every service has may be used without end. */
const empty = ["Refusals", "Budgets of egresses"];

test.skipIf(absent)(
  `a service is watched: metrics that promtool finds no fault with, panels with data, and an alert at the operator's webhook${absenceOf("Prometheus", !absent)}`,
  async () => {
    await using observed = await startObservedService();
    await observed.runJobs(3);
    expect(await problemsOf(await observed.metrics())).toBe("");
    // In time: a rate needs two samples of its series.
    await eventually(async () => {
      const panels = await observed.panels();
      expect(panels.filter(({ series }) => series === 0).map(({ title }) => title)).toEqual(empty);
      return true;
    });
    expect(await observed.alerts()).toContain("VidferryQueueOld");
    await observed.kill();
    const alert = await observed.notified("VidferryProcessDown", "firing");
    expect(alert.annotations["runbook_url"]).toEndWith("/docs/runbooks.md#vidferryprocessdown");
  },
  240_000,
);
