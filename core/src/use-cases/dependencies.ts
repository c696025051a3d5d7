import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Downloader } from "../ports/downloader.ts";
import type { EventLog } from "../ports/event-log.ts";
import type { IdGenerator } from "../ports/id-generator.ts";
import type { JobQueue } from "../ports/job-queue.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { Logger } from "../ports/logger.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { Transcoder } from "../ports/transcoder.ts";
import type { WorkFolders } from "../ports/work-folders.ts";

/** What every process of the service has: the truth, the hints, the events and the files. */
export interface Backends {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly events: EventLog;
  readonly blobs: BlobStore;
}

/** What the use cases of clients need. */
export interface ServiceDeps extends Backends {
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/** What running an attempt needs besides. */
export interface AttemptDeps extends ServiceDeps {
  readonly downloader: Downloader;
  readonly transcoder: Transcoder;
  readonly workFolders: WorkFolders;
}
