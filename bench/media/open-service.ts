import { mkdir } from "node:fs/promises";
import { eventually, findTools } from "@vidferry/testing";
import { processesIn } from "../../cli/e2e/processes.ts";
import { type Service, startService } from "../../cli/e2e/service.ts";
import type { DownloadRequestInput, JobResource } from "../../core/src/index.ts";

/** A service that fetches from a port of this machine. */
export interface OpenService extends AsyncDisposable {
  readonly pid: number;
  /** Runs a job to its end. Rejects when it fails. */
  succeed(request: DownloadRequestInput): Promise<JobResource>;
}

/** Starts one with data of its own in this folder. */
export async function startOpenService(home: string, port: number): Promise<OpenService> {
  await mkdir(home, { recursive: true });
  const tools = findTools();
  const scene = {
    home,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      TMPDIR: home,
      LOG_LEVEL: "warn",
      // Each job is work, also one for the same video.
      REUSE: "off",
      PORT: "0",
      DATABASE_URL: `sqlite:${home}/vidferry.db`,
      STORAGE_URL: `file:${home}/files`,
      WORK_DIR: `${home}/work`,
      ALLOWED_HOSTS: "*",
      ALLOW_PRIVATE_HOSTS: `127.0.0.1:${port}`,
      VIDFERRY_YTDLP: tools.ytDlp,
      VIDFERRY_FFMPEG: tools.ffmpeg,
      VIDFERRY_FFPROBE: tools.ffprobe,
      VIDFERRY_JS_RUNTIME: tools.jsRuntime,
    },
  };
  // What is slow beside other work is measured all the same.
  const service: Service = await startService(scene, {}, { patienceMs: 900_000 });
  return {
    pid: service.pid,
    succeed: async (request) => {
      const job = await service.run({ maxAttempts: 1, ...request });
      if (job.state !== "succeeded") throw new Error(`the job ended as ${job.state}: ${job.error?.detail}`);
      return job;
    },
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      // A process that is still shutting down would go on writing below it.
      await eventually(() => processesIn(home).length === 0, { message: "the end of every process of the service" });
    },
  };
}
