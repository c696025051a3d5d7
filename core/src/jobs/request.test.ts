import { expect, test } from "bun:test";
import { readRequest } from "./read-request.ts";
import { DownloadRequest } from "./request.ts";

const accepts = (rest: object) => DownloadRequest.safeParse({ url: "https://youtu.be/jNQXAC9IVRw", ...rest }).success;

test("a language is a tag of at most 35 characters", () => {
  const languages = (...tags: string[]) => accepts({ subtitles: { languages: tags } });
  expect(
    ["en", "pt-BR", "de-*", "original", "zh-Hant-TW", "en-j3PyPqV-e1s"].map((tag) => languages(tag)),
  ).not.toContain(false);
  expect(languages(`en${"-abcdefgh".repeat(4_444)}`)).toBe(false);
  expect(languages(`en${"-abcdefgh".repeat(4)}`)).toBe(false);
  expect(accepts({ subtitles: { translateTo: [`en${"-abcdefgh".repeat(4)}`] } })).toBe(false);
});

test("no text and no list of a request is of any length", () => {
  expect(accepts({ scheduledFor: `2030-01-01T00:00:00.${"0".repeat(50)}Z` })).toBe(false);
  expect(accepts({ scheduledFor: "2030-01-01T00:00:00.123456+02:00" })).toBe(true);
  expect(accepts({ subtitles: { formats: Array.from({ length: 50 }, () => "srt") } })).toBe(false);
  expect(accepts({ labels: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`l${index}`, ""])) })).toBe(
    false,
  );
});

test("a name template with an unknown field is refused, and told which fields there are", () => {
  const fileName = "{channel}/{uploader} {title}";
  const problem = () => readRequest({ url: "https://youtu.be/jNQXAC9IVRw", fileName });
  expect(problem).toThrow(
    /^`\/fileName` in the request: there is no field \{uploader\}; there are \{title\}, \{id\}, \{channel\}, /,
  );
  expect(accepts({ fileName: "{channel}/{uploadDate} {title} [{id}]" })).toBe(true);
  expect(accepts({ fileName: "" })).toBe(false);
  expect(accepts({ fileName: "x".repeat(301) })).toBe(false);
});
