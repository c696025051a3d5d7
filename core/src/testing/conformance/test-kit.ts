/** The parts of a test runner that the conformance suites use. `bun:test` has them; those of Vitest and Jest do the same. */
export type TestKit = Pick<typeof import("bun:test"), "describe" | "test" | "expect">;

/** For the suites that share one adapter among their tests. */
export type SharingTestKit = TestKit & Pick<typeof import("bun:test"), "beforeAll" | "afterAll">;
