import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../language/language.ts";
import { noteEnd } from "../session/session.ts";
import { Failure } from "./failure.tsx";
import { type Problem, problemOf } from "./problem.ts";

/** Something, never null, that is read from the service, and read again every so often while it is shown. */
export interface Loaded<T> {
  readonly value: Signal<T | null>;
  readonly problem: Signal<Problem | null>;
  reload(): void;
}

/** @param everyMs pause between two readings, in milliseconds; null: it is read once, and when `reload` is called */
export function useLoaded<T extends {}>(load: () => Promise<T>, everyMs: number | null = null): Loaded<T> {
  const value = useSignal<T | null>(null);
  const problem = useSignal<Problem | null>(null);
  const asked = useRef(0);
  const answered = useRef(0);
  const reload = (): void => {
    asked.current += 1;
    const turn = asked.current;
    // A later reading may be answered first. One that takes longer than the pause between two is shown all the same.
    const isLate = (): boolean => {
      if (turn < answered.current) return true;
      answered.current = turn;
      return false;
    };
    load().then(
      (now) => {
        if (isLate()) return;
        value.value = now;
        problem.value = null;
      },
      (error: unknown) => {
        if (!noteEnd(error) && !isLate()) problem.value = problemOf(error);
      },
    );
  };
  useEffect(() => {
    reload();
    if (everyMs === null) return undefined;
    // Nobody looks at a hidden page.
    const timer = setInterval(() => document.hidden || reload(), everyMs);
    return () => clearInterval(timer);
  }, []);
  return { value, problem, reload };
}

/** What was read, or that it is being read, or why it could not be. What was read before stays while the service is away. */
export function Shown<T extends {}>({
  loaded,
  children,
}: {
  readonly loaded: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}) {
  const problem = loaded.problem.value;
  const value = loaded.value.value;
  return (
    <>
      {problem !== null && <Failure problem={problem} onRetry={loaded.reload} />}
      {value !== null && children(value)}
      {value === null && problem === null && <p class="loading muted">{t("app.loading")}</p>}
    </>
  );
}
