import {
  type ApiKey,
  type Artifact,
  DownloadRequest,
  type Job,
  type KeyScope,
  localOwner,
  noProgress,
  type StoredArtifact,
} from "@vidferry/core";

/** An id of the right form, by number. */
export function idOf<P extends "job" | "art" | "key">(prefix: P, number: number): `${P}_${string}` {
  return `${prefix}_${number.toString(16).padStart(32, "0")}`;
}

/** A queued job, with anything in it replaced. */
export function makeJob(number: number, over: Partial<Job> = {}): Job {
  const createdAt = new Date(Date.UTC(2026, 10, 1) + number * 1000);
  return {
    id: idOf("job", number),
    owner: localOwner,
    state: "queued",
    stage: null,
    progress: noProgress,
    request: DownloadRequest.parse({ url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" }),
    media: null,
    artifacts: [],
    attempt: 0,
    failures: 0,
    lostWorkers: 0,
    alone: false,
    maxAttempts: 3,
    nextAttemptAt: null,
    waiting: null,
    error: null,
    warnings: [],
    priority: "normal",
    labels: {},
    engine: null,
    worker: null,
    leaseUntil: null,
    requestId: null,
    traceparent: null,
    batchId: null,
    scheduleId: null,
    reusedFrom: null,
    finishAskedAt: null,
    reuseKey: null,
    joinedAt: null,
    host: null,
    createdAt,
    updatedAt: createdAt,
    scheduledFor: null,
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    ...over,
  };
}

/** A stored artifact over some bytes. */
export function makeArtifact(number: number, bytes: number, over: Partial<Artifact> = {}): StoredArtifact {
  return {
    id: idOf("art", number),
    kind: "video",
    fileName: "A clip.mp4",
    contentType: "video/mp4",
    bytes,
    sha256: number.toString(16).padStart(64, "a"),
    language: null,
    automatic: null,
    width: 320,
    height: 180,
    fps: 25,
    videoCodec: "h264",
    audioCodec: "aac",
    durationSeconds: 5,
    storageKey: `${idOf("job", 1)}/1/${idOf("art", number)}.mp4`,
    ...over,
  };
}

/** An API key as the store keeps it. */
export function makeKey(hash: string, scopes: readonly KeyScope[], owner = "alice"): ApiKey {
  return {
    ...{ id: idOf("key", 1), name: "test", owner, scopes, hash, lastFour: "abcd", previous: null },
    ...{ allowedOrigins: [], allowedCidrs: [], createdAt: new Date(0) },
    ...{ expiresAt: null, lastUsedAt: null, revokedAt: null },
  };
}
