/** The parts of a test runner that the conformance suites use; `bun:test` has them. */
export type TestKit = Pick<typeof import("bun:test"), "describe" | "test" | "expect">;
