import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DownloadRequestInput, JobResource } from "@vidferry/core";
import { type MediaOrigin, startMediaOrigin, tempDir } from "@vidferry/testing";
import { type Scene, setScene } from "../scene.ts";
import { type Service, startService } from "../service.ts";

/** A service beside an origin whose files a test makes. */
export interface MediaScene extends AsyncDisposable {
  readonly origin: MediaOrigin;
  readonly service: Service;
  readonly scene: Scene;
  /** Absolute path of a file that the origin serves. */
  at(name: string): string;
  /** Runs FFmpeg; the last argument is a name of a file that the origin shall serve. */
  make(...args: readonly string[]): void;
  /** Makes a folder below the origin's. */
  folder(name: string): Promise<void>;
  /** Writes a text that the origin shall serve. */
  write(name: string, text: string): Promise<void>;
  /** Posts the file of the origin and waits for its end; one attempt unless said. */
  run(name: string, request?: Omit<DownloadRequestInput, "url">): Promise<JobResource>;
  /** Saves a result; returns its path. Throws when the job did not succeed. */
  save(job: JobResource, index?: number): Promise<string>;
}

/**
 * Sets the scene. `env` adds to the service's environment.
 * @param options.reachesDouble whether the service reaches the double as well, and the origin through its proxy; default: false.
 * @param options.deadlineMs after which the service is killed, as for `startCommand`.
 * @param options.patienceMs how long a job is waited for, as for `startService`.
 */
export async function setMediaScene(
  env: Readonly<Record<string, string>> = {},
  {
    reachesDouble = false,
    ...options
  }: { readonly reachesDouble?: boolean; readonly deadlineMs?: number; readonly patienceMs?: number } = {},
): Promise<MediaScene> {
  const folder = await tempDir("vidferry-origin");
  const root = folder.path;
  const origin = await startMediaOrigin({ root });
  const scene = await setScene({ directHosts: [`127.0.0.1:${origin.port}`] });
  const service = await startService(
    scene,
    {
      ...(reachesDouble ? {} : { PROXY_URL: "" }),
      ALLOWED_HOSTS: "*",
      ALLOW_PRIVATE_HOSTS: `127.0.0.1:${origin.port}`,
      ...env,
    },
    options,
  );
  const at = (name: string) => join(root, name);
  return {
    origin,
    service,
    scene,
    at,
    make: (...args) => {
      const output = args.at(-1) ?? "";
      ffmpeg(...args.slice(0, -1), at(output));
    },
    folder: async (name) => void (await mkdir(at(name), { recursive: true })),
    write: (name, text) => writeFile(at(name), text),
    run: (name, request = {}) => service.run({ url: origin.url(name), maxAttempts: 1, ...request }),
    save: async (job, index = 0) => {
      const artifact = job.artifacts[index];
      if (job.state !== "succeeded" || artifact === undefined)
        throw new Error(`${job.id} is ${job.state}: ${JSON.stringify(job.error)}`);
      return await saveFile(service, scene, artifact);
    },
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      await origin.stop();
      await scene[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Saves a result in a folder of the scene; returns its path. */
export async function saveFile(
  service: Service,
  scene: Scene,
  artifact: JobResource["artifacts"][number],
): Promise<string> {
  const response = await fetch(service.url + artifact.url);
  const extension = artifact.fileName.slice(artifact.fileName.lastIndexOf("."));
  const path = join(await scene.folder("saved"), `${artifact.id}${extension}`);
  await writeFile(path, new Uint8Array(await response.arrayBuffer()));
  return path;
}

/** Runs FFmpeg itself, to make media for a test. */
export function ffmpeg(...args: readonly string[]): void {
  const { status, stderr } = spawnSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`ffmpeg ${args.join(" ")}: ${stderr}`);
}

/** H.264 with key frames exactly every so many seconds, at 25 frames a second. */
export function h264({ keyFrameSeconds = 2, bFrames = 0 } = {}): string[] {
  const every = String(keyFrameSeconds * 25);
  const groups = ["-g", every, "-keyint_min", every, "-sc_threshold", "0", "-bf", String(bFrames)];
  return ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", ...groups];
}
