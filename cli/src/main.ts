import { runProgram } from "@vidferry/core/program";
import { runCommandLine } from "./command-line/command-line.ts";

await runProgram(process.env["TERM"], (program) => runCommandLine(process.argv.slice(2), program, process.env));
