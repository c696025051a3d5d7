import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findTools, isWhole, type TempDir, tempDir } from "@vidferry/testing";
import { pluginArgs } from "../plugin.ts";
import { deadEnd, gateEnvironment, gatePlugin } from "./gate.ts";

const file = fileURLToPath(new URL("plugins/vidferry/yt_dlp_plugins/extractor/vidferry_gate.py", import.meta.url));
const path = process.env["PATH"] ?? "";
const limitMs = 180_000;
let dir: TempDir;
let guard: Counted;
let closed: Counted;

interface Counted {
  readonly port: number;
  readonly server: Server;
  connections: number;
}

async function counted(): Promise<Counted> {
  const server = createServer((socket) => void socket.on("error", () => undefined).destroy());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const counter = { port: (server.address() as AddressInfo).port, server, connections: 0 };
  server.on("connection", () => counter.connections++);
  return counter;
}

beforeAll(async () => {
  dir = await tempDir("vidferry-gate");
  [guard, closed] = await Promise.all([counted(), counted()]);
});
afterAll(async () => {
  guard.server.close();
  closed.server.close();
  await dir[Symbol.asyncDispose]();
});

/** Runs Python behind the gate; `source` may use `GUARD` and `CLOSED`, the ports. */
async function python(source: string, programs = ["python3"], env: Record<string, string> = {}) {
  const program = join(dir.path, "attempt.py");
  const prelude = `import sys; sys.argv = [${JSON.stringify(file)}]; exec(open(sys.argv[0]).read())\n`;
  const ports = `GUARD, CLOSED = ${guard.port}, ${closed.port}\n`;
  await writeFile(program, `${prelude}${ports}${source}\n`);
  return run("python3", [program], {
    ...gateEnvironment(`http://user:SECRET@127.0.0.1:${guard.port}`, { binary: "yt-dlp" }),
    VIDFERRY_PROGRAMS: programs.join(":"),
    ...env,
  });
}

async function run(program: string, args: readonly string[], env: Record<string, string>) {
  const child = spawn(program, args, {
    env: { PATH: path, HOME: dir.path, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.stderr += chunk.toString();
  });
  const [exitCode] = await once(child, "close");
  return { exitCode, ...said };
}

const refused = "Host not allowed by Vidferry";
const viaPython = `import subprocess; done = subprocess.run(["python3", "-c", "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])))", str(PORT)], capture_output=True, text=True); print("connected" if done.returncode == 0 else done.stderr)`;

describe("behind the gate", () => {
  test(
    "the egress guard is reached",
    async () => {
      const before = guard.connections;
      const { stdout, stderr } = await python(
        'import socket; socket.create_connection(("127.0.0.1", GUARD)); print("connected")',
      );
      expect([stdout, stderr]).toEqual(["connected\n", ""]);
      expect(guard.connections).toBe(before + 1);
    },
    limitMs,
  );

  test(
    "the operator's provider of PO tokens is reached besides, and nobody is told where it is",
    async () => {
      const before = closed.connections;
      const source = [
        'import os, socket; socket.create_connection(("localhost", CLOSED)).close()',
        'socket.create_connection(("127.0.0.1", GUARD)).close(); print(os.environ.get("VIDFERRY_TOKENS"))',
        'socket.create_connection(("127.0.0.1", 9))',
      ].join("\n");
      const { stdout, stderr } = await python(source, [], { VIDFERRY_TOKENS: `localhost:${closed.port}` });
      expect(stdout).toBe("None\n");
      expect(stderr).toContain(refused);
      expect(closed.connections).toBe(before + 1);
    },
    limitMs,
  );

  const attempts = [
    ["a connection", 'import socket; socket.create_connection(("127.0.0.1", CLOSED))'],
    ["a connection over IPv6", 'import socket; socket.socket(socket.AF_INET6).connect(("::1", CLOSED))'],
    ["another spelling", 'import socket; socket.socket().connect(("localhost", CLOSED))'],
    ["a datagram", 'import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", CLOSED))'],
    ["a message", 'import socket; socket.socket(type=socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("127.0.0.1", CLOSED))'],
    ["a socket of the machine", 'import socket; socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock")'],
    ["a look-up", 'import socket; socket.getaddrinfo("secret.example.org", 80)'],
    ["an old look-up", 'import socket; socket.gethostbyname("secret.example.org")'],
    ["FTP", 'import ftplib; ftplib.FTP().connect("127.0.0.1", CLOSED)'],
    [
      "urllib",
      'import urllib.request; urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{CLOSED}")',
    ],
    ["a helper program", 'import subprocess; subprocess.run(["rtmpdump", "-r", f"rtmp://127.0.0.1:{CLOSED}"])'],
    ["a shell", 'import os; os.system("true")'],
    ["a shell of subprocess", 'import subprocess; subprocess.run("true", shell=True)'],
    ["another program in its place", 'import os; os.execv("/bin/true", ["true"])'],
    ["a spawned program", 'import os; os.posix_spawn("/bin/true", ["true"], {})'],
  ] as const;
  test(
    "whatever is attempted is refused",
    async () => {
      const before = closed.connections;
      // By one program, which takes longer to start than to be refused.
      const each = attempts.map(([what, source]) => `attempt(${JSON.stringify(what)}, ${JSON.stringify(source)})`);
      const attempt = [
        "def attempt(what, source):",
        "    try:",
        '        exec(source, {"GUARD": GUARD, "CLOSED": CLOSED})',
        '        print(what, "was let through")',
        "    except BaseException as error: print(what, error)",
      ];
      const { exitCode, stdout } = await python([...attempt, ...each].join("\n"));
      const told = stdout.trim().split("\n");
      expect(told).toEqual(attempts.map(([what]) => expect.stringMatching(new RegExp(`^${what} .*${refused}`))));
      expect(exitCode).toBe(0);
      expect(closed.connections).toBe(before);
    },
    limitMs,
  );

  // Nobody catches it.
  test(
    "what is refused ends the program",
    async () => {
      const { exitCode, stderr } = await python(attempts[0][1]);
      expect(stderr).toContain(refused);
      expect(exitCode).toBe(1);
    },
    limitMs,
  );

  test(
    "programs that are started know neither the guard nor another way out",
    async () => {
      const { stdout } = await python(
        'import subprocess; subprocess.run(["python3", "-c", "import os; print(sorted(os.environ.items()))"])',
      );
      expect(stdout).not.toContain("SECRET");
      expect(stdout).not.toContain("VIDFERRY");
      expect(stdout).toContain(`('all_proxy', '${deadEnd}')`);
    },
    limitMs,
  );

  test(
    "where the kernel can, they connect to no other port even by themselves",
    async () => {
      const version = await run(
        "python3",
        [
          "-c",
          "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1) if __import__('sys').platform == 'linux' else 0)",
        ],
        {},
      );
      const isWalled = Number(version.stdout) >= 4;
      const { stdout } = await python(viaPython.replace("PORT", "CLOSED"));
      if (isWalled) expect(stdout).toContain("Permission denied");
      else expect(stdout).toBe("connected\n");
      expect((await python(viaPython.replace("PORT", "GUARD"))).stdout).toBe("connected\n");
      closed.connections = 0;
    },
    limitMs,
  );

  test(
    "a gate that cannot be closed ends the program",
    async () => {
      const broken = readFileSync(file, "utf8").replace("sys.addaudithook(hook)", "raise MemoryError");
      await writeFile(join(dir.path, "broken.py"), `${broken}\nprint("went on")\n`);
      const { exitCode, stdout } = await run("python3", [join(dir.path, "broken.py")], {});
      expect([exitCode, stdout]).toEqual([1, ""]);
    },
    limitMs,
  );
});

test(
  "a yt-dlp that does not load the gate reaches nothing",
  async () => {
    const env = gateEnvironment(`http://user:SECRET@127.0.0.1:${guard.port}`, { binary: "yt-dlp" });
    const fixed = ["--ignore-config", "--no-plugin-dirs", "--no-update", "--retries", "0", "--extractor-retries", "0"];
    const url = `http://127.0.0.1:${closed.port}/x.mp4`;
    const before = guard.connections;
    const without = await run(findTools().ytDlp, [...fixed, "--", url], env);
    expect(without.stderr).toContain("Unable to connect to proxy");
    expect([guard.connections, closed.connections]).toEqual([before, 0]);
    if (!isWhole) return;
    await run(findTools().ytDlp, [...fixed, ...pluginArgs([gatePlugin]), "--", url], env);
    expect(guard.connections).toBeGreaterThan(before);
    expect(closed.connections).toBe(0);
  },
  limitMs,
);
