import { spawn } from "node:child_process";
import { AppError } from "../../../errors/app-error.ts";

/** Of an answer on standard error, what is kept: its end says what went wrong. */
const keptBytes = 4_000;

/** Where the programs are looked for: the usual system folders of Linux and macOS. */
const programFolders = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/opt/homebrew/opt/libpq/bin";

/** Parameters of a URL that libpq knows and the driver too; others belong to the driver, and libpq would refuse them. */
const shared = ["sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs", "application_name"];

/**
 * Runs one of PostgreSQL's own programs against a database. The password is not among the arguments, which every user of the
 * host can read. Rejects with `tool_missing` when it is not installed, and with `unavailable` and what it said when it fails.
 */
export async function runTool(
  tool: "pg_dump" | "pg_restore",
  args: readonly string[],
  url: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { address, password } = connectionOf(url);
  const child = spawn(tool, [`--dbname=${address}`, "--no-password", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: programFolders, LANG: "C.UTF-8", ...(password !== "" && { PGPASSWORD: password }) },
    ...(signal && { signal }),
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-keptBytes);
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on("error", reject).on("close", resolve);
  const code = await promise.catch((error: NodeJS.ErrnoException) => {
    signal?.throwIfAborted();
    throw error.code === "ENOENT"
      ? missing(tool)
      : new AppError("unavailable", `${tool} cannot be started.`, { cause: error });
  });
  signal?.throwIfAborted();
  if (code === 0) return;
  const reason = said.trim().split("\n").at(-1) ?? "";
  throw new AppError("unavailable", `${tool} failed: ${reason === "" ? `it ended with ${code}` : reason}`, {
    hint: "It must be of the server's version or newer.",
  });
}

function missing(tool: string): AppError {
  return new AppError("tool_missing", `${tool} is not installed.`, {
    hint: "Install PostgreSQL's client programs of the server's version (Debian: apt-get install postgresql-client).",
  });
}

/** The URL without its password, as libpq takes it. */
function connectionOf(url: string): { readonly address: string; readonly password: string } {
  const parsed = new URL(url);
  const password = decodeURIComponent(parsed.password);
  parsed.password = "";
  for (const name of [...parsed.searchParams.keys()]) if (!shared.includes(name)) parsed.searchParams.delete(name);
  return { address: parsed.href, password };
}
