import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { findProgram } from "./services/find-program.ts";
import { tempDir } from "./temp-dir.ts";

/** A browser that shows a page. */
export interface BrowserPage extends AsyncDisposable {
  /** The value of an expression in the page. */
  evaluate(expression: string): Promise<unknown>;
}

/** Options of {@link openPage}. */
export interface PageOptions {
  /** Host names that lead to 127.0.0.1, as if DNS said so. */
  readonly hosts?: readonly string[];
}

const outputLimit = 1 << 16;
const startMs = 60_000;

/** Without the parts of a desktop application a page takes half of the work. */
const withoutWindows = ["chromium-headless-shell", "chrome-headless-shell"];
const withWindows = ["chromium", "chromium-browser", "google-chrome", "Google Chrome", "Chromium"];

/** Chromium, or what is made of it; undefined where there is none. */
export function findBrowser(): string | undefined {
  const places = ["/Applications/Google Chrome.app/Contents/MacOS", "/Applications/Chromium.app/Contents/MacOS"];
  for (const name of [...withoutWindows, ...withWindows]) {
    const program = findProgram(name, places);
    if (program !== undefined) return program;
  }
  return undefined;
}

/** Opens a page without a window. */
export async function openPage(program: string, url: string, { hosts = [] }: PageOptions = {}): Promise<BrowserPage> {
  const profile = await tempDir("vidferry-browser");
  const child = spawn(
    program,
    [
      "--headless=new",
      // Its sandbox needs rights that containers do not give.
      ...["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
      ...["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-extensions"],
      ...["--no-proxy-server", "--remote-debugging-port=0", `--user-data-dir=${profile.path}`],
      `--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(", ")}`,
      url,
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, HOME: profile.path, TMPDIR: profile.path },
      detached: true,
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-outputLimit);
    });
  }
  const ended = new Promise<void>((done) => {
    child.once("error", () => done());
    child.once("exit", () => done());
  });
  const close = async (): Promise<void> => {
    try {
      // The group: it has many processes.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await ended;
    // They write until the last of them has ended.
    await rm(profile.path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    await profile[Symbol.asyncDispose]();
  };
  try {
    const socket = await connect(profile.path);
    return {
      evaluate: (expression) => evaluate(socket, expression),
      [Symbol.asyncDispose]: async () => {
        socket.close();
        await close();
      },
    };
  } catch (cause) {
    await close();
    throw new Error(`${program} did not open the page: ${output}`, { cause });
  }
}

/** Connects to the page over the protocol of its developer tools. */
async function connect(profile: string): Promise<WebSocket> {
  const address = await eventually(
    async () => {
      const [port] = (await readFile(join(profile, "DevToolsActivePort"), "utf8")).split("\n");
      const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        type: string;
        webSocketDebuggerUrl?: string;
      }[];
      return targets.find(({ type }) => type === "page")?.webSocketDebuggerUrl;
    },
    { timeoutMs: startMs, message: "the page in the browser" },
  );
  const socket = new WebSocket(address);
  await new Promise((opened, failed) => {
    socket.addEventListener("open", opened, { once: true });
    socket.addEventListener("error", failed, { once: true });
  });
  return socket;
}

let lastId = 0;

function evaluate(socket: WebSocket, expression: string): Promise<unknown> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    const onMessage = ({ data }: MessageEvent): void => {
      const reply = JSON.parse(String(data)) as { id?: number; result?: { result?: { value?: unknown } } };
      if (reply.id !== id) return;
      socket.removeEventListener("message", onMessage);
      resolve(reply.result?.result?.value);
    };
    socket.addEventListener("message", onMessage);
    socket.addEventListener("close", () => reject(new Error("the browser has ended")), { once: true });
    socket.send(JSON.stringify({ id, method: "Runtime.evaluate", params: { expression, returnByValue: true } }));
  });
}
