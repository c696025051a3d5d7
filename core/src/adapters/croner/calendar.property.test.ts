import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cronerCalendar } from "./calendar.ts";

const calendar = cronerCalendar();
const minuteMs = 60_000;
const windowMinutes = 5 * 1_440;

/** Days around which the clocks of a zone change, some by half an hour, some at midnight, and one zone that never does. */
const changes = [
  { zone: "Europe/Berlin", from: "2026-03-27T00:00:00Z" },
  { zone: "Europe/Berlin", from: "2026-10-23T00:00:00Z" },
  { zone: "America/New_York", from: "2026-03-06T00:00:00Z" },
  { zone: "America/New_York", from: "2026-10-30T00:00:00Z" },
  { zone: "Australia/Lord_Howe", from: "2026-10-01T00:00:00Z" },
  { zone: "Australia/Lord_Howe", from: "2026-04-02T00:00:00Z" },
  { zone: "America/Santiago", from: "2026-09-04T00:00:00Z" },
  { zone: "America/Santiago", from: "2026-04-03T00:00:00Z" },
  { zone: "Africa/Cairo", from: "2026-04-22T00:00:00Z" },
  { zone: "Asia/Kathmandu", from: "2026-03-27T00:00:00Z" },
  { zone: "UTC", from: "2028-02-27T00:00:00Z" },
];

/** What the clocks of a zone show, minute by minute. */
interface Minute {
  readonly at: number;
  readonly day: string;
  readonly hour: number;
  readonly minute: number;
}

const clocks = new Map<string, readonly Minute[]>();
function clocksOf(zone: string, from: string): readonly Minute[] {
  const known = clocks.get(zone + from);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-CA", {
    ...{ timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit" },
  });
  const start = Date.parse(from);
  const shown = Array.from({ length: windowMinutes }, (_, index) => {
    const at = start + index * minuteMs;
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const day = `${part["year"]}-${part["month"]}-${part["day"]}`;
    return { at, day, hour: Number(part["hour"]), minute: Number(part["minute"]) };
  });
  clocks.set(zone + from, shown);
  return shown;
}

const change = fc.constantFrom(...changes);
const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 });

/** The times of a pattern within the window. */
function timesOf(cron: string, zone: string, from: string, most: number): readonly number[] {
  const end = Date.parse(from) + windowMinutes * minuteMs;
  const after = new Date(Date.parse(from) - 1);
  const times = calendar.next({ cron, timeZone: zone }, after, most).map((at) => at.getTime());
  return times.filter((at) => at < end);
}

describe("the times of a pattern", () => {
  test("without a fixed hour are all minutes at which the clocks show it, also in an hour that comes twice", () => {
    fc.assert(
      fc.property(change, minutes, ({ zone, from }, at) => {
        const shown = clocksOf(zone, from).filter(({ minute }) => at.includes(minute));
        expect(timesOf(`${at.join(",")} * * * *`, zone, from, shown.length + 1)).toEqual(shown.map((each) => each.at));
      }),
      { numRuns: 25 },
    );
  });

  test("with a fixed hour come once on each day, at that hour or, where the clocks skip it, when they go on", () => {
    fc.assert(
      fc.property(
        change,
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        ({ zone, from }, hour, minute) => {
          const shown = clocksOf(zone, from);
          const days = [...new Set(shown.map(({ day }) => day))];
          const expected = days.flatMap((day) => {
            const ofDay = shown.filter((each) => each.day === day);
            const exact = ofDay.find((each) => each.hour === hour && each.minute === minute);
            if (exact !== undefined) return [exact.at];
            const later = ofDay.find((each) => each.hour * 60 + each.minute > hour * 60 + minute);
            // The first and the last day of the window are not whole.
            return later === undefined || day === days[0] || day === days.at(-1) ? [] : [later.at];
          });
          expect(timesOf(`${minute} ${hour} * * *`, zone, from, 7)).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("go on from any time without one left out or twice", () => {
    fc.assert(
      fc.property(change, minutes, fc.integer({ min: 0, max: windowMinutes - 1 }), ({ zone, from }, at, offset) => {
        const cron = `${at.join(",")} */3 * * *`;
        const all = timesOf(cron, zone, from, 6 * 24 * at.length);
        const split = Date.parse(from) + offset * minuteMs;
        const rest = calendar.next({ cron, timeZone: zone }, new Date(split), all.length + 1);
        const end = Date.parse(from) + windowMinutes * minuteMs;
        expect(rest.map((each) => each.getTime()).filter((each) => each < end)).toEqual(
          all.filter((each) => each > split),
        );
        expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
      }),
      { numRuns: 25 },
    );
  });

  test("on the 29th of February come every four years, and not in 2100", () => {
    const times = calendar.next({ cron: "0 12 29 2 *", timeZone: "UTC" }, new Date("2092-03-01T00:00:00Z"), 3);
    expect(times.map((at) => at.toISOString().slice(0, 10))).toEqual(["2096-02-29", "2104-02-29", "2108-02-29"]);
  });

  test("on a day that no month has never come", () => {
    const after = new Date("2026-01-01T00:00:00Z");
    for (const cron of ["0 0 30 2 *", "0 0 31 4,6,9,11 *"])
      expect(calendar.next({ cron, timeZone: "Europe/Berlin" }, after, 1)).toEqual([]);
  });
});
