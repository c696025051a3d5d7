/** The state of a question. `lost`: who took it died, or the board no longer has it. */
export type QuestionState =
  | { readonly state: "answered"; readonly answer: string }
  | { readonly state: "taken" | "waiting" | "lost" };

/**
 * Where questions lie between those who ask and those who answer, on a backing service that both reach. A question lives
 * as long as who asked it looks at it; what is called may be missed, so both sides also poll.
 */
export interface QuestionBoard {
  /** Puts a question at the end, or puts it again; calls those who answer. False: too many wait. */
  put(id: string, question: string, holder: string): Promise<boolean>;
  /** Reads the state of a question, and keeps it alive. */
  look(id: string): Promise<QuestionState>;
  /**
   * Takes the oldest question whose asker is alive and whose holder is none of these; null: there is none. After `holdMs`
   * without a `hold` it counts as lost. Never repeated, for that could take two.
   */
  take(
    server: string,
    holdMs: number,
    atLimit: readonly string[],
  ): Promise<{ readonly id: string; readonly question: string } | null>;
  /** Heartbeat of who took it. False: the answer is no longer wanted. */
  hold(id: string, server: string, holdMs: number): Promise<boolean>;
  /** Answers, and calls who asked. The first answer counts. */
  answer(id: string, answer: string): Promise<void>;
  /** Puts a question that was taken back to where it was, and calls those who answer. */
  giveBack(id: string, server: string): Promise<void>;
  /** Deletes a question; who answers it learns by its next `hold` that nobody waits. */
  remove(id: string): Promise<void>;
  /** Calls the listener when questions may wait. */
  onQuestion(listener: () => void): Promise<() => void>;
  /** Calls the listener when there may be an answer. */
  onAnswer(id: string, listener: () => void): Promise<() => void>;
  close(): Promise<void>;
}

/** How long a question survives without a look of who asked it, in milliseconds. Longer than a look may take on a slow service. */
export const askedMs = 10_000;
/** An answer that is not fetched by then is wanted by nobody, in milliseconds. */
export const answerMs = 30_000;
/** An asker that gave up leaves nothing on the board, so this many wait only when nobody serves. */
export const mostWaiting = 1_000;
