import { mkdtemp, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "./find-program.ts";
import { startManagedService } from "./managed-service.ts";
import type { TestService } from "./service.ts";

/** The `nginx` program, or undefined where it is not installed. */
export function findNginx(): string | undefined {
  return findProgram("nginx", ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"]);
}

/**
 * Starts nginx with these servers; what else it writes lies in a folder of its own.
 * @param site what stands in `http { }`; one of its servers listens on `port`
 * @throws Error when it is not installed, or refuses the site.
 */
export async function startNginx(site: string, port: number): Promise<TestService> {
  const program = findNginx();
  if (program === undefined) throw new Error("nginx is not installed; bin/test installs what it can");
  const dataDir = await mkdtemp(join(tmpdir(), "vidferry-nginx-"));
  const config = join(dataDir, "nginx.conf");
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (use) => `${use}_temp_path ${dataDir}/${use};`,
  );
  // As root it would give its folders to a user who may not read this one.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const head = `${user} daemon off; worker_processes 1; pid ${dataDir}/pid; error_log stderr; events { worker_connections 256; }`;
  await writeFile(config, `${head}\nhttp {\naccess_log off;\n${folders.join("\n")}\n${site}\n}\n`);
  return startManagedService(`http://127.0.0.1:${port}`, port, {
    name: "nginx",
    program,
    args: ["-p", dataDir, "-e", "stderr", "-c", config],
    isReady: () => isListening(port),
    dataDir,
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const settle = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.on("error", () => settle(false));
    socket.on("connect", () => settle(true));
  });
}
