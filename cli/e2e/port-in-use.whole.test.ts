import { expect, test } from "bun:test";
import { once } from "node:events";
import { createServer } from "node:net";
import { runCommand } from "./command.ts";
import { setScene } from "./scene.ts";
import { startService } from "./service.ts";

/** Something else that listens. */
async function takenPort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return { port: String(address.port), [Symbol.dispose]: () => void server.close() };
}

test("a serve that cannot have its port gives back the jobs it took, however often it is restarted", async () => {
  await using scene = await setScene();
  using taken = await takenPort();
  const first = await startService(scene, { DRAIN_SECONDS: "0" });
  const { id } = await first.submit({ url: "https://www.youtube.com/watch?v=bigSlowVid1", maxAttempts: 1 });
  await first.until(id, ({ stage }) => stage === "downloading");
  await first.end("SIGTERM");

  for (let start = 0; start < 4; start++) {
    const { exitCode, stderr } = await runCommand(["serve"], {
      cwd: scene.home,
      env: { ...scene.env, PORT: taken.port },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`Something else listens on 127.0.0.1:${taken.port}`);
  }
  await using service = await startService(scene);
  expect(await service.finished(id)).toMatchObject({ state: "succeeded", error: null });
}, 120_000);
