import { expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { setScene } from "../scene.ts";
import { startService } from "../service.ts";

test("a running service logs everything after SIGUSR2 or when it is asked to, and as before after the next", async () => {
  await using scene = await setScene();
  await using service = await startService(scene, { LOG_LEVEL: "warn" });
  const requests = () =>
    service
      .log()
      .split("\n")
      .filter((line) => line.includes('"message":"request"')).length;
  const changes = () => service.log().split("the level of the log was changed").length - 1;
  const ask = () => fetch(`${service.url}/health`);
  await ask();
  expect(requests()).toBe(0);
  process.kill(service.pid, "SIGUSR2");
  await eventually(() => changes() === 1);
  await ask();
  await eventually(() => requests() === 1);
  process.kill(service.pid, "SIGUSR2");
  await eventually(() => changes() === 2);
  await ask();
  const level = (level: string | null) =>
    fetch(`${service.url}/api/v1/log-level`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ level }),
    });
  expect((await level("debug")).status).toBe(202);
  await eventually(() => changes() === 3);
  await ask();
  // That of the change itself, and the last.
  await eventually(() => requests() === 3);
}, 180_000);
