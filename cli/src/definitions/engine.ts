import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";

/** `vidferry engine`. */
export function defineEngine(root: CommandUnknownOpts, run: Run): void {
  const engine = root
    .command("engine")
    .summary("versions of yt-dlp side by side")
    .description(
      [
        "Versions of yt-dlp side by side. What is used is kept in the database: each worker hears of it within seconds and",
        "installs what it lacks. A version that fails more often than the one before it is left by itself; health says so.",
      ].join(" "),
    );
  const commands = () => import("../commands/engine.ts");
  engine
    .command("list")
    .description("what is used, and what is on this machine")
    .option("--available", "also what ENGINE_INDEX has")
    .action(({ available = false }) => run("engine", async (it) => (await commands()).listCommand(available, it)));
  engine
    .command("install")
    .description("puts a version of yt-dlp on this machine, beside the others; nothing uses it yet")
    .argument("<VERSION>", "for example 2026.10.26")
    .action((version) => run("engine", async (it) => (await commands()).installCommand(version, it)));
  engine
    .command("use")
    .description("installs a version, tries it on a share of all attempts, and uses it for all when it does well")
    .argument("<VERSION>", "or `settings`: the yt-dlp of VIDFERRY_YTDLP again")
    .option("--share <PERCENT>", "of all attempts; 100: for all at once", "10")
    .action((version, { share }) => run("engine", async (it) => (await commands()).useCommand(version, share, it)));
  engine
    .command("rollback")
    .description("ends the trial, or goes back to the version that was used before")
    .action(() => run("engine", async (it) => (await commands()).rollbackCommand(it)));
}
