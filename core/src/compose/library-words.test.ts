import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createFakeEngine, tempDir } from "@vidferry/testing";
import { Glob } from "bun";
import ts from "typescript";
import { ConfigError } from "../config/index.ts";
import { AppError } from "../errors/app-error.ts";
import { type ErrorCode, errorCodeNames, errorCodes } from "../errors/codes.ts";
import { composeVidferry } from "./compose-vidferry.ts";
import { createVidferry } from "./create-vidferry.ts";
import { inLibraryWords, libraryError } from "./library-words.ts";

const sources = fileURLToPath(new URL("..", import.meta.url));
const url = "https://www.youtube.com/watch?v=sample00001";

/** What only a service has: its workers, operators and routes, its variables (those of the cloud's own libraries aside), its commands. */
const foreign =
  /\bworkers?\b|\boperators?\b|\begress(es)?\b|\bdoctor\b|`vidferry |\/api\/v1|\b(GET|POST|PUT|PATCH|DELETE) \/|\b(?!AWS_)[A-Z]{2,}(_[A-Z]+)+\b|request id|Retry-After/;

/** Codes that only answer requests of the API. */
const ofTheApi: readonly ErrorCode[] = [
  ...(["unauthorized", "forbidden", "precondition_failed", "method_not_allowed", "payload_too_large"] as const),
  ...(["idempotency_conflict", "idempotency_in_progress", "rate_limit_exceeded", "quota_exceeded"] as const),
  "unsupported_media_type",
];

test.each(errorCodeNames.filter((code) => !ofTheApi.includes(code)))("%s speaks to a program", (code) => {
  const { message, hint } = libraryError(new AppError(code)) as AppError;
  expect([message, hint].filter((text) => foreign.test(text))).toEqual([]);
});

/** The parts whose messages reach a program: not those of accounts, of keys, or of the egress that a request may name. */
const reached = [
  "{errors,jobs,pipeline,sources,library,subtitles,runtime}/**/*.ts",
  "egress/{direct-egress,with-egress}.ts",
  "adapters/{blobs,memory,sql,store-queue,system,libretranslate,transcriber,operator-server}/**/*.ts",
  "adapters/engine/{egress-guard,ffmpeg,media-index,process,transfer,yt-dlp}/**/*.ts",
  "compose/{compose-vidferry,disk-checks,engine,limit-probes,load-adapter,run-to-end}.ts",
];
/** Said to nobody but the service: of bulk changes, of several processes, and of backups. */
const notSaid =
  /\.test\.ts$|\/fixtures\/|jobs\/bulk\.ts|errors\/codes\.ts|sql\/postgres\/messages\/|copies\.ts$|cookie-texts\.ts$/;

/** The texts of what becomes an error, a hint, a warning or a finding in a source; `…` stands for what is put in. */
function textsIn(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const texts: string[] = [];
  const textOf = (node: ts.Node): string | null => {
    if (ts.isStringLiteralLike(node)) return node.text;
    if (!ts.isTemplateExpression(node)) return null;
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join("");
  };
  const visit = (node: ts.Node, isSaid: boolean): void => {
    const name =
      (ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node)) && ts.isIdentifier(node.name)
        ? node.name.text
        : "";
    const says =
      isSaid ||
      /^(detail|hint|fix|message)$|(Hint|Fix|Setting)$/.test(name) ||
      (ts.isNewExpression(node) && /Error$/.test(node.expression.getText())) ||
      (ts.isCallExpression(node) && /^(runCheck|loadAdapter|checkSpace)$/.test(node.expression.getText()));
    const text = says ? textOf(node) : null;
    if (text !== null) texts.push(text);
    ts.forEachChild(node, (child) => visit(child, says));
  };
  visit(file, false);
  return texts;
}

test("no message that reaches a program speaks of workers, variables, commands or routes", () => {
  const paths = reached.flatMap((pattern) => [...new Glob(pattern).scanSync(sources)]);
  const texts = paths.filter((path) => !notSaid.test(path)).flatMap((path) => textsIn(sources + path));
  expect(texts.length).toBeGreaterThan(400);
  expect(texts.filter((text) => foreign.test(text)).length).toBeGreaterThan(10);
  expect(texts.map(inLibraryWords).filter((text) => foreign.test(text))).toEqual([]);
});

describe("a program is told of its own options", () => {
  test("by an error, which keeps all else that it says", () => {
    const fields = [
      { path: "/cookies", message: "cannot be sent: the operator gives cookies to the service, in COOKIES_FILE" },
    ];
    const retryAt = new Date(0);
    const original = new AppError("timed_out", undefined, { fields, retryAt, permanent: true });
    expect(libraryError(original)).toMatchObject({
      ...{ code: "timed_out", hint: "Ask for less, or raise `limits.timeoutMs`.", retryAt, permanent: true },
      fields: [{ path: "/cookies", message: "cannot be sent: give them to `createVidferry` as `cookiesFile`" }],
      cause: original,
    });
    const plain = new AppError("copyright_blocked");
    expect(libraryError(plain)).toBe(plain);
    expect(libraryError("no error")).toBe("no error");
  });

  test("when it is started with a file that cannot be read", async () => {
    await using dir = await tempDir("vidferry-words");
    const start = (cookiesFile: string) => () => createVidferry({ cookiesFile, dataDir: dir.path });
    expect(start(`${dir.path}/none.txt`)).toThrow(ConfigError);
    expect(start(`${dir.path}/none.txt`)).toThrow(/`cookiesFile`: expected a file that can be read/);
  });

  test("by a download that fails, its job, its events and its progress", async () => {
    await using dir = await tempDir("vidferry-words");
    let isFull = false;
    const fetch = async () => {
      if (!isFull) throw new AppError("bot_check");
      throw new AppError("disk_full", "The worker's disk filled up while it worked on this.");
    };
    await using vidferry = createVidferry({ dataDir: dir.path, maxAttempts: 1, ...createFakeEngine({ fetch }) });
    const seen: unknown[] = [];
    const options = { resumeAs: "one", maxWaitMs: 0, onProgress: (job: object) => void seen.push(job) };
    const hint = "Use another proxy (`proxyUrl`), or cookies (`cookiesFile`).";
    await expect(vidferry.download({ url }, options)).rejects.toMatchObject({ code: "bot_check", hint });
    isFull = true;
    const full = { code: "disk_full", hint: "Free space on the disk of `dataDir` and of the database." };
    await expect(vidferry.download({ url }, options)).rejects.toMatchObject({
      ...{ ...full, message: "The disk filled up while it worked on this." },
    });
    const [job] = await vidferry.list();
    expect(job?.error).toMatchObject({ ...full, detail: "The disk filled up while it worked on this." });
    expect((await vidferry.get(job?.id ?? "")).error).toMatchObject(full);
    const events = [];
    for await (const event of vidferry.events(job?.id ?? "")) events.push(event);
    expect(events.at(-1)).toMatchObject({ type: "job", data: { error: full } });
    expect(JSON.stringify([seen, events])).not.toMatch(/_FILE|worker's/);
  });

  test("by a request with a field that nobody knows", async () => {
    await using dir = await tempDir("vidferry-words");
    await using vidferry = createVidferry({ dataDir: dir.path, ...createFakeEngine() });
    await expect(vidferry.download({ url, qualty: "720p" } as never)).rejects.toMatchObject({
      ...{ code: "invalid_request", message: "`/qualty` in the request: is not a known field." },
      ...{ fields: [{ path: "/qualty", message: "is not a known field" }], hint: "Correct what `fields` names." },
    });
    await expect(vidferry.get("job_none")).rejects.toMatchObject({ code: "not_found" });
  });

  test("by a check, which looks at everything", async () => {
    await using dir = await tempDir("vidferry-words");
    await using vidferry = createVidferry({
      dataDir: dir.path,
      ytDlp: `${dir.path}/none`,
      ffmpeg: "/none",
      ffprobe: "/none",
    });
    const checks = await vidferry.check();
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["yt-dlp", "ffmpeg", "disk", "store", "blobs"]),
    );
    expect(checks.find(({ name }) => name === "yt-dlp")).toMatchObject({ status: "failed" });
    expect(checks.filter((check) => foreign.test(JSON.stringify(check)))).toEqual([]);
  });
});

test("a program that reads the configuration is told of its variables", async () => {
  await using dir = await tempDir("vidferry-words");
  const fetch = async () => {
    throw new AppError("video_private");
  };
  await using vidferry = composeVidferry({ dataDir: dir.path, ...createFakeEngine({ fetch }) });
  await expect(vidferry.download({ url })).rejects.toMatchObject({ hint: errorCodes.video_private.hint });
});
