import { type AppError, isAppError } from "../../errors/app-error.ts";
import { sleep } from "../system/sleep.ts";

/** A server that the operator runs or has chosen: it is reached directly, not through the egress of sources. */
export interface OperatorServer {
  /** How messages call it, such as `the translator`. */
  readonly name: string;
  /** What it answers with, such as `translation`. */
  readonly gives: string;
  /** The setting that holds its key. */
  readonly keySetting: string;
  /** Longest time for one request. */
  readonly timeoutMs: number;
  /** Waits before it is asked again, when it cannot answer for now. */
  readonly pausesMs: readonly number[];
  /** Nothing is read of an answer beyond this. */
  readonly maxAnswerBytes: number;
  /** Makes the error of a message. */
  failure(message: string, cause?: unknown): AppError;
}

/** A server that asks for a longer wait is not waited for. */
const longestPauseMs = 60_000;

/**
 * Asks for JSON; again after a while when the server cannot be reached, breaks off its answer, has too much to do (429) or fails (5xx).
 * @param request made anew for each try.
 * @throws the server's failure, with the status as `cause` where it has answered one; the signal's reason.
 */
export async function askJson(
  server: OperatorServer,
  url: string,
  request: () => Omit<RequestInit, "signal" | "redirect">,
  signal: AbortSignal,
): Promise<unknown> {
  for (let tries = 0; ; tries += 1) {
    const asked = await ask(server, url, request(), signal);
    const answer = asked instanceof Response && asked.ok ? await readText(server, asked, signal) : asked;
    if (typeof answer === "string") return parsed(server, answer);
    const refused = answer instanceof Response ? refusal(server, answer.status) : answer.error;
    const isRepeated = answer instanceof Response ? isPassing(answer.status) : !answer.isLate;
    const askedMs = answer instanceof Response ? retryAfterMs(answer) : 0;
    if (answer instanceof Response) await answer.body?.cancel().catch(() => undefined);
    const pauseMs = server.pausesMs[tries];
    if (!isRepeated || pauseMs === undefined || askedMs > longestPauseMs) throw refused;
    await sleep(Math.max(pauseMs, askedMs), signal);
  }
}

/**
 * Asks once whether the server is there, whatever it has under this address.
 * @throws its failure when it cannot be reached, refuses the key or fails; the signal's reason.
 */
export async function askWhetherThere(
  server: OperatorServer,
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const answer = await ask(server, url, { headers }, signal);
  if (!(answer instanceof Response)) throw answer.error;
  await answer.body?.cancel().catch(() => undefined);
  if (answer.status === 401 || answer.status === 403 || isPassing(answer.status)) throw refusal(server, answer.status);
}

/** The status that a server has refused with, as the cause of its failure says; null: it was something else. */
export function refusedWith(error: AppError): number | null {
  return error.cause instanceof RefusedError ? error.cause.status : null;
}

class RefusedError extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`it answers ${status}`);
    this.status = status;
  }
}

/** Why there is no answer. What is late takes as long when it is asked for again. */
interface Failure {
  readonly error: AppError;
  readonly isLate: boolean;
}

async function ask(
  server: OperatorServer,
  url: string,
  request: RequestInit,
  signal: AbortSignal,
): Promise<Response | Failure> {
  const late = AbortSignal.timeout(server.timeoutMs);
  // Bun's own limit of five minutes would be shorter than that of a slow server.
  const untimed: { timeout: false } & RequestInit = { ...request, timeout: false };
  try {
    // A redirect could lead the key elsewhere.
    return await fetch(url, { ...untimed, redirect: "manual", signal: AbortSignal.any([signal, late]) });
  } catch (cause) {
    signal.throwIfAborted();
    // What takes so long does not get quicker by being asked twice.
    const message = late.aborted ? lateMessage(server) : `${server.name} cannot be reached`;
    return { error: server.failure(message, cause), isLate: late.aborted };
  }
}

async function readText(server: OperatorServer, response: Response, signal: AbortSignal): Promise<string | Failure> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of response.body ?? []) {
      bytes += piece.length;
      if (bytes > server.maxAnswerBytes) throw rubbish(server);
      pieces.push(piece);
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (isAppError(cause)) throw cause;
    const isLate = cause instanceof DOMException && cause.name === "TimeoutError";
    const message = isLate ? lateMessage(server) : `the answer of ${server.name} broke off`;
    return { error: server.failure(message, cause), isLate };
  }
  return Buffer.concat(pieces).toString("utf8");
}

function parsed(server: OperatorServer, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw rubbish(server);
  }
}

const rubbish = (server: OperatorServer): AppError =>
  server.failure(`${server.name} has answered something that is no ${server.gives}`);

const isPassing = (status: number): boolean => status === 429 || status >= 500;

const lateMessage = ({ name, timeoutMs }: OperatorServer): string =>
  `${name} has not answered within ${Math.ceil(timeoutMs / 1000)} s`;

function refusal(server: OperatorServer, status: number): AppError {
  const why = status === 401 || status === 403 ? `refuses the key (${server.keySetting})` : `answers ${status}`;
  return server.failure(`${server.name} ${why}`, new RefusedError(status));
}

function retryAfterMs({ headers }: Response): number {
  const seconds = Number(headers.get("retry-after") ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}
