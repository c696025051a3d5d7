import { Argument, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { exitCodes } from "@vidferry/core/program";
import type { Run } from "../command-line/invocation.ts";

/** `vidferry completion` and `vidferry man`: both are written from the definitions of the commands. */
export function defineCompletion(root: CommandUnknownOpts, run: Run): void {
  root
    .command("completion")
    .summary("prints what completes commands and options in a shell")
    .description(
      [
        "Prints a script that completes commands and options. bash: put `source <(vidferry completion bash)` into ~/.bashrc.",
        "zsh: the same in ~/.zshrc, after compinit. fish: `vidferry completion fish > ~/.config/fish/completions/vidferry.fish`.",
      ].join(" "),
    )
    .addArgument(new Argument("<SHELL>", "which one").choices(["bash", "zsh", "fish"] as const))
    .action((shell) =>
      run("completion", async ({ terminal }) => {
        const { completionScript } = await import("../reference/completion.ts");
        terminal.out(completionScript(root, shell).trimEnd());
        return exitCodes.done;
      }),
    );
  root
    .command("man")
    .summary("prints the manual page")
    .description(
      "Prints the manual page: `vidferry man > ~/.local/share/man/man1/vidferry.1`, and then `man vidferry`.",
    )
    .action(() =>
      run("man", async ({ terminal }) => {
        const { manualPage } = await import("../reference/manual-page.ts");
        terminal.out(manualPage(root).trimEnd());
        return exitCodes.done;
      }),
    );
}
