import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Run } from "../command-line/invocation.ts";
import { withKeyOptions } from "../options/keys.ts";

/** `vidferry keys`. */
export function defineKeys(root: CommandUnknownOpts, run: Run): void {
  const keys = root.command("keys").description("makes, lists, rotates and revokes API keys; a secret is shown once");
  const commands = () => import("../commands/keys.ts");
  withKeyOptions(keys.command("create"))
    .description("makes a key")
    .action((flags) => run("keys", async (it) => (await commands()).createKeyCommand(flags, it)));
  keys
    .command("list")
    .description("lists keys")
    .option("--all", "also those that were revoked")
    .action(({ all = false }) => run("keys", async (it) => (await commands()).listKeysCommand(all, it)));
  keys
    .command("rotate")
    .description("gives a key a new secret")
    .argument("<ID>", "of the key")
    .option("--overlap <SECONDS>", "how long the secret before still works")
    .action((id, { overlap }) => run("keys", async (it) => (await commands()).rotateKeyCommand(id, overlap, it)));
  keys
    .command("revoke")
    .description("ends a key")
    .argument("<ID>", "of the key")
    .action((id) => run("keys", async (it) => (await commands()).revokeKeyCommand(id, it)));
}
