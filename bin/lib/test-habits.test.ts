import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { services } from "@vidferry/testing/services";
import { Glob } from "bun";
import ts from "typescript";

const root = join(import.meta.dir, "../..");
const maxSleepMs = 2_000;

/** What `eventually` has time for by itself; a wait of less than a second is one that is to fail. */
const usualWaitMs = 60_000;

/** Bad habits in a test file, each with its line: expectations that are not awaited, long sleeps, short waits, and skips that do not say why. */
function badHabits(path: string, source: string): string[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const at = `${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
    if (ts.isExpressionStatement(node) && isPromised(node.expression)) {
      found.push(`${at}: nobody awaits this expectation, so it cannot fail`);
    }
    if (ts.isAwaitExpression(node) && sleepMs(node.expression) > maxSleepMs) {
      found.push(`${at}: sleeps for more than ${maxSleepMs} ms; wait with eventually(), or move a clock`);
    }
    const waitMs = ts.isCallExpression(node) ? eventuallyMs(node) : usualWaitMs;
    if (waitMs >= 1_000 && waitMs < usualWaitMs) {
      found.push(`${at}: gives up after ${waitMs} ms, which a busy machine may take; leave eventually() its own limit`);
    }
    if (ts.isCallExpression(node) && isBareSkip(node)) {
      found.push(`${at}: skips without saying why; name the service in the title, or end it with absenceOf()`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Whether it is a call on `expect(…).rejects` or `.resolves`. */
function isPromised(node: ts.Expression): boolean {
  if (!ts.isCallExpression(node)) return false;
  for (let at: ts.Expression = node.expression; ts.isPropertyAccessExpression(at); at = at.expression) {
    if (at.name.text === "rejects" || at.name.text === "resolves") return ts.isCallExpression(at.expression);
  }
  return false;
}

/**
 * How long a call of `sleep(ms)`, `Bun.sleep(ms)` or `clock.sleep(ms)` with a number lasts; 0 for anything else. One with
 * a signal stands for something that goes on until it is told to stop, and does not count.
 */
function sleepMs(node: ts.Expression): number {
  if (!ts.isCallExpression(node)) return 0;
  const { expression: callee } = node;
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : "";
  const [ms, signal] = node.arguments;
  return name === "sleep" && signal === undefined && ms !== undefined && ts.isNumericLiteral(ms) ? Number(ms.text) : 0;
}

/** After how long a call of `eventually` gives up, where a number says so. */
function eventuallyMs({ expression: callee, arguments: [, options] }: ts.CallExpression): number {
  if (!ts.isIdentifier(callee) || callee.text !== "eventually") return usualWaitMs;
  if (options === undefined || !ts.isObjectLiteralExpression(options)) return usualWaitMs;
  for (const property of options.properties) {
    if (!ts.isPropertyAssignment(property) || property.name.getText() !== "timeoutMs") continue;
    if (ts.isNumericLiteral(property.initializer)) return Number(property.initializer.text);
  }
  return usualWaitMs;
}

/** Whether it is a call like `test.skipIf(condition)("title")` whose title names nothing that may be absent. */
function isBareSkip(node: ts.CallExpression): boolean {
  const { expression: inner } = node;
  if (!ts.isCallExpression(inner) || !ts.isPropertyAccessExpression(inner.expression)) return false;
  const [title] = node.arguments;
  if (inner.expression.name.text !== "skipIf" || title === undefined || !ts.isStringLiteralLike(title)) return false;
  return !Object.keys(services).some((name) => title.text.toLowerCase().includes(name));
}

test("an expectation of a promise that nobody awaits is found, and so are a long sleep, a short wait and a skip that does not say why", () => {
  const source = [
    "expect(run()).rejects.toThrow();",
    "await expect(run()).rejects.toThrow();",
    "await Promise.all([expect(run()).resolves.not.toBe(1)]);",
    "expect(run()).resolves.not.toBe(1);",
    "await Bun.sleep(2_500);",
    "await clock.sleep(2_000);",
    "await sleep(60_000, signal);",
    'test.skipIf(!hasTool)("is right", run);',
    'describe.skipIf(missing)("a queue on Redis", run);',
    "test.skipIf(!hasTool)(`is right`);",
    "await eventually(look, { timeoutMs: 59_999 });",
    "await eventually(look, { timeoutMs: 60_000, message: what });",
    "await expect(eventually(look, { timeoutMs: 20 })).rejects.toThrow();",
  ].join("\n");
  expect(badHabits("x.test.ts", source).map((line) => line.split(":")[1])).toEqual(["1", "4", "5", "8", "10", "11"]);
});

/** Hooks that a module registers when it is loaded: in a module of several test files they would run for the first of them alone. */
function hooksOfModule(path: string, source: string): string[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  return file.statements.flatMap((node) => {
    const call =
      ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) ? node.expression.expression : null;
    if (call === null || !/^(before|after)(Each|All)$/.test(call.getText(file))) return [];
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    return [`${path}:${line}: runs for one test file alone; use onTestFinished() in what a test calls`];
  });
}

test("a module that several test files import registers no hook when it is loaded", () => {
  const source =
    'import { afterEach, test } from "bun:test";\nafterEach(() => stop());\nexport const stop = () => undefined;';
  expect(hooksOfModule("x.ts", source).map((line) => line.split(":")[1])).toEqual(["2"]);
  const files = new Glob("{bin,core,testing,api,worker,sdk,cli,examples,infra,bench,runtime-tests}/**/*.ts");
  const paths = [...files.scanSync({ cwd: root })].filter(
    (path) => !/\.test\.ts$|(^|\/)(node_modules|dist)\/|^bin\/lib\/leaks\//.test(path),
  );
  const sources = paths.map((path) => [path, readFileSync(join(root, path), "utf8")] as const);
  const importing = sources.filter(([, text]) => text.includes('"bun:test"'));
  expect(importing.length).toBeGreaterThan(2);
  expect(importing.flatMap(([path, text]) => hooksOfModule(path, text))).toEqual([]);
}, 120_000);

test("tests await every expectation of a promise, none sleeps for more than two seconds, and none gives up early", () => {
  const files = new Glob("{bin,core,testing,api,worker,sdk,cli,examples,infra,bench,runtime-tests}/**/*.ts");
  const paths = [...files.scanSync({ cwd: root })].filter(
    (path) => /\.test\.ts$|\/conformance\//.test(path) && !/(^|\/)(node_modules|dist)\//.test(path),
  );
  expect(paths.length).toBeGreaterThan(150);
  expect(paths.flatMap((path) => badHabits(path, readFileSync(join(root, path), "utf8")))).toEqual([]);
}, 120_000);
