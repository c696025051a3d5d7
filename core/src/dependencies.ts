import type { CompilePattern } from "./batches/entry-filter.ts";
import type { Database } from "./database/database.ts";
import type { Egresses } from "./egress/egresses.ts";
import type { EventLog } from "./jobs/event-log.ts";
import type { HintQueue } from "./jobs/hint-queue.ts";
import type { Signals } from "./jobs/signals.ts";
import type { BlobStore } from "./library/blob-store.ts";
import type { Downloader } from "./pipeline/downloader.ts";
import type { RecordingFiles } from "./pipeline/live/recording-files.ts";
import type { Transcoder } from "./pipeline/transcoder.ts";
import type { Transcriber } from "./pipeline/transcriber.ts";
import type { Translator } from "./pipeline/translator.ts";
import type { WorkFolders } from "./pipeline/work-folders.ts";
import type { Clock } from "./runtime/clock.ts";
import type { IdGenerator } from "./runtime/id-generator.ts";
import type { Calendar } from "./schedules/calendar.ts";
import type { SecretSupport } from "./secrets/secret-support.ts";
import type { Logger } from "./telemetry/logger.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import type { WebhookSupport } from "./webhooks/webhook-support.ts";

/** The backends of every process of the service: database, queue, event log and files. */
export interface Backends {
  readonly database: Database;
  readonly queue: HintQueue;
  readonly signals: Signals;
  readonly events: EventLog;
  readonly blobs: BlobStore;
}

/** What use cases need that serve clients or maintain the service, but run no attempt. */
export interface ServiceDeps extends Backends {
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly calendar: Calendar;
  /** Absent: nothing is kept that must be encrypted. */
  readonly secretSupport?: SecretSupport;
  /** Absent: webhooks are refused, and none are sent. */
  readonly webhookSupport?: WebhookSupport;
  /** Absent: titles are matched by plain text alone. */
  readonly compilePattern?: CompilePattern;
}

/** What running an attempt needs: the same, and the engine. */
export interface AttemptDeps extends ServiceDeps {
  readonly downloader: Downloader;
  readonly egresses: Egresses;
  readonly transcoder: Transcoder;
  /** Absent: captions are translated by their source alone. */
  readonly translator?: Translator;
  /** Absent: no speech is transcribed. */
  readonly transcriber?: Transcriber;
  readonly workFolders: WorkFolders;
  /** Absent: what is recorded of live streams stays on the machine until it is a result. */
  readonly recordings?: RecordingFiles;
}
