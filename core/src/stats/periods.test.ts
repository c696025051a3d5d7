import { describe, expect, test } from "bun:test";
import { cover, nextStart, startOf } from "./periods.ts";

const at = (text: string): Date => new Date(`${text}Z`);
const spans = (from: string, to: string, longest: "hour" | "day" | "month") =>
  cover(at(from), at(to), longest).map((span) => [span.grain, span.from.toISOString(), span.to.toISOString()]);

describe("periods", () => {
  test("a time lies in the period that began last", () => {
    expect(startOf("hour", at("2026-02-28T23:59:59.999"))).toEqual(at("2026-02-28T23:00"));
    expect(startOf("day", at("2026-02-28T23:59:59.999"))).toEqual(at("2026-02-28T00:00"));
    expect(startOf("month", at("2026-02-28T23:59:59.999"))).toEqual(at("2026-02-01T00:00"));
  });

  test("the next period begins at the time itself or after it, over the end of a year too", () => {
    expect(nextStart("month", at("2026-12-01T00:00"))).toEqual(at("2026-12-01T00:00"));
    expect(nextStart("month", at("2026-12-01T00:01"))).toEqual(at("2027-01-01T00:00"));
    expect(nextStart("day", at("2024-02-28T12:00"))).toEqual(at("2024-02-29T00:00"));
    expect(nextStart("hour", at("2026-12-31T23:30"))).toEqual(at("2027-01-01T00:00"));
  });

  test("a long time is covered by few periods, once and without a gap", () => {
    expect(spans("2026-01-30T22:00", "2026-04-02T03:00", "month")).toEqual([
      ["hour", "2026-01-30T22:00:00.000Z", "2026-01-31T00:00:00.000Z"],
      ["day", "2026-01-31T00:00:00.000Z", "2026-02-01T00:00:00.000Z"],
      ["month", "2026-02-01T00:00:00.000Z", "2026-04-01T00:00:00.000Z"],
      ["day", "2026-04-01T00:00:00.000Z", "2026-04-02T00:00:00.000Z"],
      ["hour", "2026-04-02T00:00:00.000Z", "2026-04-02T03:00:00.000Z"],
    ]);
    for (let hours = 0; hours < 3_000; hours += 61) {
      const from = new Date(at("2026-01-15T05:00").getTime() + hours * 3_600_000);
      const to = new Date(from.getTime() + hours * 3_600_000);
      const covered = cover(from, to, "month").reduce((ms, span) => ms + (Number(span.to) - Number(span.from)), 0);
      expect(covered).toBe(hours * 3_600_000);
    }
  });

  test("no time at all is covered by nothing", () => {
    expect(cover(at("2026-01-01T00:00"), at("2026-01-01T00:00"), "month")).toEqual([]);
    expect(cover(at("2026-01-02T00:00"), at("2026-01-01T00:00"), "day")).toEqual([]);
  });
});
