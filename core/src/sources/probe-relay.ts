import type { Probe, ProbeLink, ProbeOptions } from "../pipeline/downloader.ts";

/** What a process that looks at links for others may do at once. */
export interface ServeProbesOptions {
  /** Links it looks at together; what is more waits for another process, or for a free place here. Default 3. */
  readonly atOnce?: number;
  /** Of these for one holder, so that the questions of one never keep all places. Default one less than `atOnce`. */
  readonly atOnceEach?: number;
}

/**
 * Looks at links in another process. An API process of a fleet has no downloader; it asks, and any process that serves
 * answers. Where a process has a downloader of its own, that is used and no relay is needed.
 *
 * Promised: one question is looked at by one process at a time; when that process dies, another takes over; a question
 * whose client has aborted, or died, is dropped within seconds.
 * Not promised: an answer after the backing service was away or lost its data. The client then gets `unavailable`, and
 * asking again costs nothing but time. Nothing about a question outlives it: no answer is kept for a later one.
 */
export interface ProbeRelay {
  /**
   * What a link offers, as `Downloader.probe` says. An error of the process that looked arrives with its code, detail,
   * hint and time of retry; its cause stays there, in that process's log.
   * Rejects with `unavailable` when nobody takes the question within a few seconds, or the relay cannot be reached;
   * with `source_error` when the answer is too large to be passed on; with the signal's reason when it aborts.
   */
  ask(url: string, options: ProbeOptions): Promise<Probe>;
  /**
   * Looks at links for others, from now on. The signal given to `answer` aborts when nobody waits for it any more.
   * Returns how to stop; stopping gives what is under way back, so that another process takes it at once.
   */
  serve(answer: ProbeLink, options?: ServeProbesOptions): () => Promise<void>;
  /** Stops serving, rejects what is asked, and frees the connections. */
  close(): Promise<void>;
}
