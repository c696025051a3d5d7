/** Names of what a relay of probes keeps in Redis. One hash tag, so that scripts may touch all of it in a cluster. */
export interface ProbeKeys {
  /** LIST of the ids of questions that wait; the oldest is at its right end. */
  readonly waiting: string;
  /** Pub/sub channel: there is something to take. */
  readonly wake: string;
  /** Start of the keys of each question. */
  readonly base: string;
  /** The keys of one question, and the pub/sub channel of whoever waits for its answer. */
  of(id: string): {
    readonly asked: string;
    readonly taken: string;
    readonly answer: string;
    readonly channel: string;
  };
}

/** The keys of a relay under this prefix. */
export function probeKeys(prefix: string): ProbeKeys {
  const base = `${prefix}:{probe}`;
  return {
    base,
    waiting: `${base}:waiting`,
    wake: `${base}:wake`,
    of: (id) => ({
      asked: `${base}:${id}:asked`,
      taken: `${base}:${id}:taken`,
      answer: `${base}:${id}:answer`,
      channel: `${base}:${id}:answered`,
    }),
  };
}
