import { expect } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DownloadRequestInput, JobResource } from "@vidferry/core";
import { startSpeechToText } from "@vidferry/testing";
import { ffprobe, type ProbedFile, type ProbedStream } from "./ffprobe.ts";
import { type Scene, setScene } from "./scene.ts";
import { type Service, startService } from "./service.ts";

/** What is asked for of a video. */
export type Asked = Omit<DownloadRequestInput, "url"> & { readonly video?: string };

export const small = { type: "video", quality: "144p" } as const;
export const video = (rest: object = {}) => ({ output: { type: "video", ...rest } as DownloadRequestInput["output"] });
export const audio = (format: string, rest: object = {}) => ({
  output: { type: "audio", format, ...rest } as DownloadRequestInput["output"],
});

/** Jobs of a service, which run side by side. */
export interface AskedJobs<Name extends string> extends AsyncDisposable {
  readonly scene: Scene;
  readonly service: Service;
  /** Waits for a job's success. */
  finished(name: Name): Promise<JobResource>;
  /** Waits until every job is over. */
  allFinished(): Promise<void>;
  /** Fetches a result; its bytes agree with the job in number. */
  save(job: JobResource, index: number): Promise<string>;
  /** The text of the result with this name. */
  textOf(job: JobResource, fileName: string): Promise<string>;
  /** The job's first file, which ffprobe and the job must agree on. */
  media(name: Name): Promise<ProbedFile & { readonly job: JobResource }>;
}

/** Starts a service beside the double and posts all jobs. */
export async function askJobs<Name extends string>(asked: Readonly<Record<Name, Asked>>): Promise<AskedJobs<Name>> {
  const transcriber = await startSpeechToText();
  const scene = await setScene({
    catalogue: {
      videos: [
        { id: "transcript1", title: "Words only", itags: [18] },
        { id: "transcript2", title: "Spoken words", itags: [18, 137, 140, 249, 251], captions: [] },
      ],
    },
    env: { WORKER_CONCURRENCY: "3", TRANSCRIBER_URL: transcriber.url },
  });
  const service = await startService(scene);
  const accepted = new Map<string, string>();
  for (const [name, { video: id = "sampleVid01", ...rest }] of Object.entries<Asked>(asked)) {
    const job = await service.submit({ url: scene.youtube.url(id), maxAttempts: 1, ...rest });
    accepted.set(name, job.id);
  }

  const finished = async (name: Name) => {
    const job = await service.finished(accepted.get(name) ?? "");
    expect([name, job.state, job.error]).toEqual([name, "succeeded", null]);
    return job;
  };
  const save = async (job: JobResource, index: number) => {
    const artifact = job.artifacts[index];
    const bytes = new Uint8Array(await (await fetch(service.url + artifact?.url)).arrayBuffer());
    expect(bytes.byteLength).toBe(artifact?.bytes ?? -1);
    const path = join(await scene.folder(job.id), String(index));
    await writeFile(path, bytes);
    return path;
  };
  return {
    scene,
    service,
    finished,
    allFinished: async () => {
      for (const id of accepted.values()) await service.finished(id);
    },
    save,
    textOf: async (job, fileName) => {
      const index = job.artifacts.findIndex((artifact) => artifact.fileName === fileName);
      return await readFile(await save(job, index), "utf8");
    },
    media: async (name) => {
      const job = await finished(name);
      const probed = await ffprobe(await save(job, 0));
      expect(job.artifacts[0]).toMatchObject({
        videoCodec: probed.video?.codec_name ?? null,
        audioCodec: probed.audio?.codec_name ?? null,
        width: probed.video?.width ?? null,
        height: probed.video?.height ?? null,
      });
      expect(job.artifacts[0]?.durationSeconds).toBeCloseTo(probed.seconds, 1);
      return { ...probed, job };
    },
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
      await transcriber[Symbol.asyncDispose]();
    },
  };
}

/** The format of a file, its picture and its sound, in short. */
export const facts = ({ video, audio, formatName }: ProbedFile) => [
  formatName.split(",")[0],
  video && `${video.codec_name} ${video.width}x${video.height}@${rateOf(video)}`,
  audio?.codec_name,
];

/** ffprobe gives a fraction, which short frames make an odd one. */
function rateOf({ avg_frame_rate = "" }: ProbedStream): number {
  const [frames = 0, seconds = 1] = avg_frame_rate.split("/").map(Number);
  return Math.round(frames / seconds);
}
