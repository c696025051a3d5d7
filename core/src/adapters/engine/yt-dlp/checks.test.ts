import { describe, expect, test } from "bun:test";
import { assertUsable, describeDebug, isOutdated } from "./checks.ts";

const debug = (version: string, runtimes: string, libraries: string) => `[debug] Command-line config: ['--verbose']
[debug] yt-dlp version stable@${version} from yt-dlp/yt-dlp [594bd50c2] (pip)
[debug] Optional libraries: Cryptodome-3.24.2, brotli-1.2.1, ${libraries}
[debug] JS runtimes: ${runtimes}
`;
const now = new Date("2026-11-23T00:00:00Z");
const statuses = (text: string) =>
  Object.fromEntries(describeDebug(text, now).map(({ name, status }) => [name, status]));

describe("the check of the engine", () => {
  test("is content with a recent yt-dlp that has a runtime and the solver", () => {
    expect(describeDebug(debug("2026.10.26", "deno-2.9.6", "yt_dlp_ejs-0.8.0"), now)).toEqual([
      { name: "yt-dlp", status: "ok", detail: "2026.10.26" },
      { name: "js-runtime", status: "ok", detail: "deno-2.9.6" },
      { name: "js-solver", status: "ok", detail: "yt-dlp-ejs 0.8.0" },
    ]);
  });

  test("warns of a version older than sixty days and refuses one with known holes", () => {
    expect(statuses(debug("2026.08.19", "deno-2.9.6", "yt_dlp_ejs-0.8.0"))["yt-dlp"]).toBe("warning");
    expect(statuses(debug("2026.06.09", "deno-2.9.6", "yt_dlp_ejs-0.8.0"))["yt-dlp"]).toBe("failed");
  });

  test.each(["none", "node-20.20.2 (unsupported)", "bun-1.4.5"])("takes no %s for a JavaScript runtime", (runtimes) => {
    expect(statuses(debug("2026.10.26", runtimes, "yt_dlp_ejs-0.8.0"))["js-runtime"]).toBe("failed");
  });

  test("misses the solver", () => {
    expect(statuses(debug("2026.10.26", "deno-2.9.6", "certifi-1"))["js-solver"]).toBe("failed");
  });

  test("says so when it is not yt-dlp that answers", () => {
    expect(describeDebug("hello", now)).toMatchObject([{ name: "yt-dlp", status: "failed" }]);
  });
});

describe("a version of yt-dlp", () => {
  test("is compared by its date", () => {
    expect(["2026.07.03", "2025.12.31", "2026.6.9"].map(isOutdated)).toEqual([true, true, true]);
    expect(["2026.07.04", "2026.10.26.232911", "2027.01.01"].map(isOutdated)).toEqual([false, false, false]);
  });

  test("that is missing or too old is refused with its own code", () => {
    expect(() => assertUsable(null)).toThrow(expect.objectContaining({ code: "tool_missing" }));
    expect(() => assertUsable("2026.06.09")).toThrow(expect.objectContaining({ code: "tool_outdated" }));
    expect(() => assertUsable("2026.07.04")).not.toThrow();
  });
});
