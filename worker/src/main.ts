/**
 * Entry point of the worker's image.
 * @module
 */
import { parseConfig } from "@vidferry/core";
import { addEnvFile, runProgram } from "@vidferry/core/program";
import { workerProgram } from "./run-worker.ts";

await runProgram(process.env["TERM"], async (program) => {
  addEnvFile(process.env);
  return workerProgram(parseConfig(process.env), program);
});
