import { expect, test } from "bun:test";
import { redactText } from "./redact.ts";

test.each([
  ["https://bob:s3cret@a.test/x", "https://[redacted]@a.test/x"],
  ["postgres://me:s3@cret@db/x and redis://:s3cret@cache", "postgres://[redacted]@db/x and redis://[redacted]@cache"],
  ["/x?id=7&X-Amz-Signature=s3cret&sig=s3cret#a", "/x?id=7&X-Amz-Signature=[redacted]&sig=[redacted]#a"],
  ["?next=https://a.test/?token=s3?cret&page=2", "?next=https://a.test/?token=[redacted]&page=2"],
  ['{"Cookie": "a=s3cret; b=s3cret"} ok', '{"Cookie": "[redacted]"} ok'],
  ["Proxy-Authorization: Basic s3cret\nnext", "Proxy-Authorization: [redacted]\nnext"],
  ["the key vf_abcdefgh12345 was used", "the key vf_[redacted] was used"],
  ["?page=2&name=x", "?page=2&name=x"],
])("of %p is left %p", (text, clean) => {
  expect(redactText(text)).toBe(clean);
});

test("no half of a secret is left where a text is cut", () => {
  expect(redactText(`${"word ".repeat(1_636)}https://bob:s3cret@a.test/x`)).not.toContain("s3c");
});

test("a text is read once, whatever stands in it", () => {
  const parts = [
    "a",
    "a.",
    "://",
    "a://b",
    "@",
    "a://@",
    "?key",
    "?",
    "&sigsig",
    "?token=",
    "cookie",
    "cookie ",
    "cookie:\n",
    " ",
    "vf_",
    "authorization=",
  ];
  for (const part of parts) {
    expect(redactText(part.repeat((1 << 20) / part.length)).length).toBeLessThan(50_000);
    // Many of them come in one line of the log.
    for (let count = 0; count < 200; count++) redactText(part.repeat(8_000 / part.length));
  }
});
