import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { exitCodes, UsageError } from "@vidferry/core/program";
import type { Invocation } from "../command-line/invocation.ts";
import { serveMcp } from "../mcp/http.ts";
import { type OwnService, startOwnService } from "../mcp/own-service.ts";
import { createTools } from "../mcp/tools.ts";
import type { ServerFlags } from "../options/server.ts";
import { openClient } from "../remote/client.ts";

/** Options of `vidferry mcp`. */
export interface McpFlags extends ServerFlags {
  readonly listen?: string | undefined;
  readonly mcpKeyFile?: string | undefined;
  readonly data?: string | undefined;
}

/** `vidferry mcp`: tools for assistants, until standard input ends or a signal comes. */
export async function mcpCommand(flags: McpFlags, it: Invocation): Promise<number> {
  const address = flags.listen === undefined ? null : readAddress(flags.listen);
  const key = address === null ? null : await readKey(flags.mcpKeyFile, it);
  const usesServer = flags.server !== undefined || Boolean(it.environment["VIDFERRY_URL"]);
  if (usesServer && flags.data !== undefined) throw new UsageError("--data: does not go with a server");
  const own: OwnService = usesServer
    ? { vidferry: await openClient(flags, it.environment), stop: async () => undefined }
    : await startOwnService(flags.data, it);
  const stopped = aborted(it.signals.stop);
  try {
    if (address === null) await Promise.race([speak(own), stopped]);
    else {
      const http = serveMcp({ ...address, key: key ?? "", tools: () => createTools(own.vidferry) });
      it.terminal.note(`tools for assistants at ${http.url}`);
      await stopped;
      await http.stop();
    }
  } finally {
    await own.stop();
  }
  return exitCodes.done;
}

/** Over standard input and output, until the client closes them. */
async function speak({ vidferry }: OwnService): Promise<void> {
  const server = createTools(vidferry);
  const transport = new StdioServerTransport();
  const closed = once(process.stdin, "close");
  const ended = once(process.stdin, "end");
  await server.connect(transport);
  await Promise.race([closed, ended]);
  await server.close();
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

/** `8091`, `127.0.0.1:8091`, `[::1]:8091`. */
function readAddress(text: string): { readonly hostname: string; readonly port: number } {
  const [, host = "127.0.0.1", port = ""] = /^(?:(\[[\da-f:]+\]|[\w.-]+):)?(\d{1,5})$/i.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535)
    throw new UsageError(`--listen: expected an address such as 127.0.0.1:8091, not ${JSON.stringify(text)}`);
  return { hostname: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** Shortest key that cannot be guessed. */
const leastLetters = 16;

async function readKey(file: string | undefined, { environment, terminal }: Invocation): Promise<string> {
  const given =
    file === undefined
      ? environment["VIDFERRY_MCP_KEY"]
      : await readFile(file, "utf8").catch((error: unknown) => {
          throw new UsageError(
            `--mcp-key-file: ${file} cannot be read (${error instanceof Error ? error.message : "unknown"})`,
          );
        });
  if (given === undefined || given === "") {
    const key = randomBytes(24).toString("base64url");
    terminal.note(`the key of this run, which clients send as Authorization: Bearer …: ${key}`);
    return key;
  }
  if (given.trim().length < leastLetters)
    throw new UsageError(`the key for clients has fewer than ${leastLetters} letters; leave it out to get a good one`);
  return given.trim();
}
