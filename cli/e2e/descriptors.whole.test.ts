import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { eventually, programFile } from "@vidferry/testing";
import { setScene } from "./scene.ts";

const main = programFile(new URL("../src/main.ts", import.meta.url));

test("a service with 256 descriptors still answers while 400 clients want streams", async () => {
  await using scene = await setScene();
  const limited = spawn("/bin/sh", ["-c", 'ulimit -n 256; exec "$0" --no-install "$1" serve', process.execPath, main], {
    cwd: scene.home,
    env: { ...scene.env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const clients: Socket[] = [];
  try {
    let said = "";
    limited.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const url = await eventually(() => /API +(http:\S+)\/api\/v1/.exec(said)?.[1], { timeoutMs: 60_000 });
    const job = await fetch(`${url}/api/v1/downloads`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ url: scene.youtube.url("muxedOnly01"), scheduledFor: "2100-01-01T00:00:00Z" }),
    });
    const { id } = (await job.json()) as { id: string };
    const answers: string[] = [];
    for (let client = 0; client < 400; client++) {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      socket.on("error", () => undefined);
      socket.once("data", (chunk) => answers.push(String(chunk).slice(9, 12)));
      socket.write(`GET /api/v1/downloads/${id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      clients.push(socket);
    }
    await eventually(() => answers.length === 400, { timeoutMs: 60_000 });
    expect(answers.filter((status) => status === "200")).toHaveLength(128);
    expect(answers.filter((status) => status === "503")).toHaveLength(272);
    // In time: its programs are asked for their versions, which a busy machine answers late.
    for (const path of ["/livez", "/health", "/health/detailed"]) {
      await eventually(async () => (await fetch(url + path)).status === 200, { message: `${path} being well` });
    }
  } finally {
    for (const client of clients) client.destroy();
    limited.kill("SIGKILL");
  }
}, 300_000);
