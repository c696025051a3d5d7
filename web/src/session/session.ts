import { signal } from "@preact/signals";
import { AuthenticationError } from "@vidferry/sdk";
import { vidferry } from "../service.ts";

/** Who is signed in. */
export interface Session {
  /** `off`: the service asks for no key. */
  readonly auth: "keys" | "off";
  readonly owner: string;
  readonly scopes: readonly string[];
}

/** Undefined: not known yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);
/** Whether the session has ended by itself, as when its key was revoked. */
export const hasEnded = signal(false);

/** Whose page it is: what it has read, and what was typed, stays in it when they leave; null: nobody was here yet. */
let owner: string | null = null;

/** Takes over who is signed in. For somebody else than before the page begins anew, so that it knows nothing of the other. */
function enter(now: Session | null): void {
  if (now !== null && isOthers(now.owner)) return void location.reload();
  owner = now?.owner ?? owner;
  session.value = now;
}

/** Whether the page is that of somebody else than this owner. */
export const isOthers = (other: string): boolean => owner !== null && other !== owner;

export const isOperator = (): boolean => session.value?.scopes.includes("admin") === true;

/** Finds out who is signed in. Rejects when the service cannot be reached. */
export async function findSession(): Promise<void> {
  try {
    const { data } = await vidferry.raw.GET("/api/v1/session");
    enter(data ?? null);
  } catch (error) {
    if (!(error instanceof AuthenticationError)) throw error;
    session.value = null;
  }
}

/** Signs in. Rejects with what the service says. */
export async function signIn(key: string, remember: boolean): Promise<void> {
  const { data } = await vidferry.raw.POST("/api/v1/session", { body: { key, remember } });
  hasEnded.value = false;
  enter(data ?? null);
}

export async function signOut(): Promise<void> {
  await vidferry.raw.DELETE("/api/v1/session");
  session.value = null;
}

/** Whether an error says that the session has ended; then the page asks for a key again. */
export function noteEnd(error: unknown): boolean {
  if (!(error instanceof AuthenticationError) || error.status !== 401) return false;
  hasEnded.value = session.value !== null;
  session.value = null;
  return true;
}
