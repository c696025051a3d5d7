import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { exitCodes } from "@vidferry/core/program";
import packageJson from "../../package.json" with { type: "json" };
import type { Run } from "../command-line/invocation.ts";

/** `vidferry version`. */
export function defineVersion(root: CommandUnknownOpts, run: Run): void {
  root
    .command("version")
    .description("prints the version of Vidferry")
    .action(() =>
      run("version", async ({ terminal }) => {
        terminal.out(packageJson.version);
        return exitCodes.done;
      }),
    );
}
