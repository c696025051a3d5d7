/**
 * The API as a program of its own: what its image starts.
 * @module
 */
import { parseConfig } from "@vidferry/core";
import { addEnvFile, runProgram } from "@vidferry/core/program";
import { apiProgram } from "./run-api.ts";

await runProgram(process.env["TERM"], async (program) => {
  addEnvFile(process.env);
  return apiProgram(parseConfig(process.env), program);
});
