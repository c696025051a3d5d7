/** Counts of a run of `bun test`. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** The full titles of the tests that did not run. */
  readonly skipped: readonly string[];
}

/**
 * Counts the tests of a JUnit report as Bun writes it: one `<testcase>` a test, empty when it passed,
 * else with a `<failure>`, an `<error>` or a `<skipped>` inside.
 */
export function countTests(report: string): TestCounts {
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  for (const [, attributes = "", , body = ""] of report.matchAll(/<testcase\b([^>]*?)(\/>|>([\s\S]*?)<\/testcase>)/g)) {
    if (/<(failure|error)\b/.test(body)) failed += 1;
    else if (/<skipped\b/.test(body)) skipped.push(title(attributes));
    else passed += 1;
  }
  return { passed, failed, skipped };
}

function title(attributes: string): string {
  const read = (name: string) => unescapeXml(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
  return [read("file"), read("classname"), read("name")].filter((part) => part !== "").join(" > ");
}

function unescapeXml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
