import type { Probe, ProbeLink, ProbeOptions } from "../pipeline/downloader.ts";

/** Limits of a process that probes links for others. */
export interface ServeProbesOptions {
  /** Concurrent probes; further ones wait for another process, or for a free slot here. Default: 3. */
  readonly atOnce?: number;
  /** Concurrent probes of one key holder, so that no holder takes all slots. Default: one less than `atOnce`. */
  readonly atOnceEach?: number;
}

/**
 * Probes links in another process. An API process of a fleet has no downloader; it sends requests, and any process that
 * serves answers them. A process with a downloader of its own uses that and needs no relay.
 *
 * Promised: one process at a time works on a request; when that process dies, another takes over; a request whose client
 * has aborted, or died, is dropped within seconds.
 * Not promised: an answer after the backing service was away or lost its data. The client then gets `unavailable` and may
 * safely ask again. Nothing outlives its request: answers are not cached.
 */
export interface ProbeRelay {
  /**
   * What a link offers; see `Downloader.probe`. An error of the probing process arrives with its code, detail, hint and
   * retry time; its cause stays in the log of that process.
   * Rejects with `unavailable` when no process takes the request within a few seconds, or the relay cannot be reached;
   * with `source_error` when the answer is too large to be sent; with the signal's reason when it aborts.
   */
  ask(url: string, options: ProbeOptions): Promise<Probe>;
  /**
   * Starts to probe links for others. The signal given to `answer` aborts when its client no longer waits.
   * Returns a function that stops; requests in progress are handed back, so that another process takes them at once.
   */
  serve(answer: ProbeLink, options?: ServeProbesOptions): () => Promise<void>;
  /** Stops serving, rejects pending requests, and closes the connections. */
  close(): Promise<void>;
}
