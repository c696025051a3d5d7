import { describe, expect, test } from "bun:test";
import { isAppError } from "../errors/app-error.ts";
import { checkCookies, maxCookieCharacters } from "./check-cookies.ts";

const now = new Date("2026-11-26T12:00:00Z");
const cookie = (expires: number | string, name = "SESSION") =>
  [".example.com", "TRUE", "/", "TRUE", String(expires), name, "s3cret"].join("\t");
const header = "# Netscape HTTP Cookie File\n";

/** Why a text is refused; null: it is not. */
function faultOf(text: string): string | null {
  try {
    checkCookies(text, now);
    return null;
  } catch (error) {
    if (!isAppError(error)) throw error;
    expect(error.code).toBe("invalid_request");
    expect(error.message).not.toContain("s3cret");
    return error.fields[0]?.message ?? "";
  }
}

describe("the text of an egress's cookies", () => {
  test.each([
    ["as a browser exports it", `${header}\n# a comment\n${cookie(1_900_000_000)}\n`],
    ["of Windows", `\ufeff${header}${cookie(1_900_000_000)}\r\n\r\n`],
    ["that ends with the session", cookie(0)],
    ["of which some have expired", `${cookie(1_000, "OLD")}\n${cookie(1_900_000_000)}`],
    ["that scripts may not read", `#HttpOnly_${cookie(1_900_000_000)}`],
  ])("%s is taken", (_, text) => {
    expect(faultOf(text)).toBeNull();
  });

  test.each([
    ["JSON", '[{"name":"SESSION","value":"s3cret"}]', "not JSON"],
    ["the header of a request", "Cookie: SESSION=s3cret; OTHER=1", "line 1 is the header of a request"],
    [
      "tabs that became spaces",
      `${header}${cookie(0).replaceAll("\t", "    ")}`,
      "line 2 has spaces where tabs must be",
    ],
    ["a field too few", `${header}\n.example.com\tTRUE\t/\tTRUE\t0\tSESSION s3cret`, "line 3 has 6 fields"],
    ["a time that is none", cookie("tomorrow"), "line 1 is no cookie"],
    ["nothing", header, "there are none in it"],
    [
      "only what has expired",
      `${cookie(1_000)}\n${cookie(2_000, "B")}`,
      "the last of them at 1970-01-01T00:33:20.000Z",
    ],
    ["too much", "#".repeat(maxCookieCharacters + 1), `at most ${maxCookieCharacters} characters`],
  ])("with %s is refused, with the line and what to do", (_, text, fault) => {
    expect(faultOf(text)).toContain(fault);
  });
});
