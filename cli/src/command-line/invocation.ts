import type { Config } from "@vidferry/core";
import type { Program } from "@vidferry/core/program";

/** Variables of the environment. */
export type Environment = Record<string, string | undefined>;

/** What a command is given beside its options. */
export interface Invocation extends Program {
  /** The environment, with what `.env` adds once {@link Invocation.config} was called. */
  readonly environment: Environment;
  /**
   * The configuration, read when it is needed: help must work while a setting is invalid. `settings` replace what the
   * environment says.
   */
  config(settings?: Environment): Config;
}

/** Runs a command: `name` decides which settings it reads, and what `start` resolves with is the exit code. */
export type Run = (name: string, start: (invocation: Invocation) => Promise<number>) => Promise<void>;
