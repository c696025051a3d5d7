import type { Artifact, DownloadEvent, DownloadJob } from "../types.ts";

/** A job, with anything in it replaced. */
export function sampleJob(over: Partial<DownloadJob> = {}): DownloadJob {
  return {
    id: "job_1",
    state: "queued",
    stage: null,
    progress: { percent: null, downloadedBytes: null, totalBytes: null, bytesPerSecond: null, etaSeconds: null },
    request: {
      url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
      output: { type: "video", quality: "1080p", container: "mp4", codec: "any", hdr: false },
      chapters: "keep",
      sponsorBlock: [],
      exactCuts: false,
      thumbnail: "none",
      metadata: { embed: false, infoJson: false },
      priority: "normal",
      labels: {},
    },
    media: null,
    artifacts: [],
    attempt: 1,
    maxAttempts: 3,
    nextAttemptAt: null,
    error: null,
    warnings: [],
    priority: "normal",
    labels: {},
    batchId: null,
    scheduleId: null,
    reusedFrom: null,
    waitingFor: null,
    engine: null,
    createdAt: "2026-11-01T00:00:00.000Z",
    scheduledFor: null,
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    ...over,
  } as DownloadJob;
}

/** A file, with anything of it replaced. */
export function sampleArtifact(over: Partial<Artifact> = {}): Artifact {
  return {
    id: "art_1",
    kind: "video",
    fileName: "A title.mp4",
    contentType: "video/mp4",
    bytes: 1_000,
    sha256: "0".repeat(64),
    language: null,
    automatic: null,
    width: 1_920,
    height: 1_080,
    fps: 30,
    videoCodec: "h264",
    audioCodec: "aac",
    durationSeconds: 10,
    url: "/api/v1/downloads/job_1/files/art_1",
    ...over,
  };
}

/** A `job` event. */
export function jobEvent(id: string, over: Partial<DownloadJob> = {}): DownloadEvent {
  return { id, type: "job", data: sampleJob(over) };
}

/** A `progress` event. */
export function progressEvent(id: string, percent: number): DownloadEvent {
  const progress = { ...sampleJob().progress, percent };
  return { id, type: "progress", data: { jobId: "job_1", attempt: 1, stage: "downloading", progress } };
}

/** Events as a server sends them. */
export function frames(...events: readonly DownloadEvent[]): string {
  return events.map(({ id, type, data }) => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`).join("");
}
