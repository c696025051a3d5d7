import { join } from "node:path";
import { freePort } from "@vidferry/testing";

const steps = 30;

/** The ids of the events of the service's job, in order. */
export const allEvents = Array.from({ length: steps }, (_, index) => `${index + 1}-0`);

/** Lets a follower follow a job whose service is killed twice in the middle, and begun again. Resolves with what it resolves with. */
export async function throughKills<T>(follow: (baseUrl: string) => Promise<T>): Promise<T> {
  const port = await freePort();
  const script = join(import.meta.dir, "killed-service.ts");
  const begin = () =>
    Bun.spawn([process.execPath, "--no-install", script, `${port}`, `${steps}`], { stdout: "pipe", stderr: "inherit" });
  /** Resolves when the service has sent so many events. */
  const sent = async (service: ReturnType<typeof begin>, count: number): Promise<void> => {
    let text = "";
    for await (const chunk of service.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if ((text.match(/^\d+$/gm)?.length ?? 0) >= count) return;
    }
  };
  let service = begin();
  const following = follow(`http://127.0.0.1:${port}`);
  // What it rejects with is thrown below.
  following.catch(() => undefined);
  try {
    for (let kill = 0; kill < 2; kill++) {
      await Promise.race([sent(service, 8), following]);
      service.kill("SIGKILL");
      await service.exited;
      service = begin();
    }
    return await following;
  } finally {
    service.kill("SIGKILL");
    await service.exited;
  }
}
