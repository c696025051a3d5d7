import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";

/** One import of a module, however it is written: `import`, `export … from`, `import()`, `require()` or a type of `import()`. */
export interface ModuleImport {
  /** As written. */
  readonly specifier: string;
  /** For a relative one: the path from the repository's root. */
  readonly path: string | null;
  readonly line: number;
}

/** What the rules check of a source file. */
export interface Module {
  /** Path from the repository's root. */
  readonly path: string;
  readonly imports: readonly ModuleImport[];
  /** Lines that read the environment of the process. */
  readonly environmentReads: readonly number[];
  /** Lines that read the host's clock, or use timers. */
  readonly timeReads: readonly number[];
}

/** The modules below a folder; tests, their helpers beside adapters (`test-…`) and what is built are left out. */
export function readModules(root: string, folder: string): Module[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter(
      (path) =>
        /\.tsx?$/.test(path) && !/\.test\.tsx?$|(^|\/)(adapters\/.*\/test-[^/]+$|(node_modules|dist)\/)/.test(path),
    )
    .map((path) => join(folder, path))
    .map((path) => parseModule(path, readFileSync(join(root, path), "utf8")));
}

/** What a source file imports and reads. */
export function parseModule(path: string, source: string): Module {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const imports: ModuleImport[] = [];
  const environmentReads: number[] = [];
  const timeReads: number[] = [];
  const lineOf = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== null) {
      const target = specifier.startsWith(".") ? normalize(join(dirname(path), specifier)) : null;
      imports.push({ specifier, path: target, line: lineOf(node) });
    }
    if (readsEnvironment(node)) environmentReads.push(lineOf(node));
    if (readsTime(node)) timeReads.push(lineOf(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, imports, environmentReads, timeReads };
}

function specifierOf(node: ts.Node): string | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier);
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return textOf(node.moduleReference.expression);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal);
  if (ts.isCallExpression(node)) {
    const { expression } = node;
    const loads =
      expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(expression) && expression.text === "require");
    if (loads) return textOf(node.arguments[0]);
  }
  return null;
}

const textOf = (node: ts.Node | undefined): string | null =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;

const runtimes = new Set(["process", "Bun", "Deno"]);

/** `process.env`, `globalThis.process["env"]`, `const { env } = process`, `import { env } from "node:process"`, `import.meta.env`. */
function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node) && node.name.text === "env") return isRuntime(node.expression);
  if (ts.isElementAccessExpression(node) && textOf(node.argumentExpression) === "env")
    return isRuntime(node.expression);
  if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isObjectBindingPattern(node.name)) {
    const takesIt = node.name.elements.some((element) => nameOf(element.propertyName ?? element.name) === "env");
    return takesIt && isRuntime(node.initializer);
  }
  if (ts.isImportSpecifier(node)) {
    const { moduleSpecifier } = node.parent?.parent?.parent ?? {};
    const from = moduleSpecifier && textOf(moduleSpecifier);
    return nameOf(node.propertyName ?? node.name) === "env" && ["process", "node:process", "bun"].includes(from ?? "");
  }
  return false;
}

function isRuntime(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return runtimes.has(node.text);
  if (ts.isPropertyAccessExpression(node)) return runtimes.has(node.name.text);
  if (ts.isElementAccessExpression(node)) return runtimes.has(textOf(node.argumentExpression) ?? "");
  return ts.isMetaProperty(node);
}

const timers = new Set(["setTimeout", "setInterval", "setImmediate"]);

/** `Date.now`, `new Date()`, `performance.now`, `setTimeout` and its like, `AbortSignal.timeout`; not `new Date(timestamp)`. */
function readsTime(node: ts.Node): boolean {
  if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
    return ts.isIdentifier(node.expression) && node.expression.text === "Date" && !node.arguments?.length;
  }
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const { text } = node.expression;
    if (text === "performance") return true;
    return (text === "Date" && node.name.text === "now") || (text === "AbortSignal" && node.name.text === "timeout");
  }
  if (!ts.isIdentifier(node) || !timers.has(node.text) || ts.isTypeQueryNode(node.parent)) return false;
  // Counts `globalThis.setTimeout`, but not a method or property of that name of another object.
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node)
    return ts.isIdentifier(parent.expression) && parent.expression.text === "globalThis";
  return !ts.isPropertyAssignment(parent) && !ts.isPropertySignature(parent);
}

const nameOf = (node: ts.Node): string | null => (ts.isIdentifier(node) || ts.isStringLiteral(node) ? node.text : null);
