/**
 * The parts of a test runner that the conformance suites use, as types of their own: `bun:test`, Vitest and Jest have them, Node's
 * runner gets them from `nodeTestKit`, and a program that only reads these declarations needs none of the four.
 */
export interface TestKit {
  readonly describe: (title: string, body: () => void) => void;
  readonly test: TestFunction;
  readonly expect: ExpectFunction;
}

/** For the suites that share one adapter among their tests. */
export interface SharingTestKit extends TestKit {
  readonly beforeAll: Hook;
  readonly afterAll: Hook;
}

type Hook = (body: () => void, timeoutMs?: number) => void;

/** Declares a test, or one a row. */
export interface TestFunction {
  (title: string, body: () => void, timeoutMs?: number): void;
  each<const Row>(rows: readonly Row[]): (title: string, body: (row: Row) => void, timeoutMs?: number) => void;
}

/** Begins an assertion about a value. */
export interface ExpectFunction {
  (actual: unknown): Matchers;
  /** Stands for any instance of a class. */
  any(type: typeof Date | typeof Number | typeof String): unknown;
  stringContaining(part: string): unknown;
}

/** Assertions about a value, and about what it is not. */
export interface Matchers extends Assertions {
  readonly not: Assertions;
  /** The same about the reason that a promise is rejected with; to be awaited. */
  readonly rejects: Assertions;
}

/** Each throws when it fails. */
export interface Assertions {
  toBe(expected: unknown): void;
  toBeGreaterThan(expected: number): void;
  toBeGreaterThanOrEqual(expected: number): void;
  toBeInstanceOf(expected: Constructor): void;
  toBeLessThan(expected: number): void;
  toBeLessThanOrEqual(expected: number): void;
  toBeNull(): void;
  toBeUndefined(): void;
  toContain(expected: unknown): void;
  toEqual(expected: unknown): void;
  toHaveLength(expected: number): void;
  toMatch(expected: RegExp): void;
  toMatchObject(expected: object): void;
  toThrow(expected?: Constructor | RegExp | string): void;
}

type Constructor = new (...args: never[]) => unknown;
