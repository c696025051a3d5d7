import type { LoggedEvent } from "../jobs/events.ts";
import type { JobResource } from "../jobs/resource.ts";
import type { Vidferry } from "./compose-vidferry.ts";
import { inLibraryWords, libraryError, libraryHint } from "./library-words.ts";

/** Lets a {@link Vidferry} speak to the program that it runs in: what it throws, and what it says of jobs and programs. */
export function speakLibrary(vidferry: Vidferry): Vidferry {
  const told = <T>(outcome: Promise<T>): Promise<T> =>
    outcome.catch((error: unknown) => {
      throw libraryError(error);
    });
  return {
    ...vidferry,
    download: async (request, { onProgress, ...options } = {}) =>
      toldJob(
        await told(
          vidferry.download(request, {
            ...options,
            ...(onProgress !== undefined && { onProgress: (job: JobResource) => onProgress(toldJob(job)) }),
          }),
        ),
      ),
    probe: (url, options) => told(vidferry.probe(url, options)),
    get: async (id) => toldJob(await told(vidferry.get(id))),
    list: async (query) => (await told(vidferry.list(query))).map(toldJob),
    events: (id, options) => toldEvents(vidferry.events(id, options)),
    file: (id, artifactId) => told(vidferry.file(id, artifactId)),
    remove: (id) => told(vidferry.remove(id)),
    check: async (signal) =>
      (await told(vidferry.check(signal))).map(({ fix, ...check }) => ({
        ...check,
        detail: inLibraryWords(check.detail),
        ...(fix !== undefined && { fix: inLibraryWords(fix) }),
      })),
  };
}

async function* toldEvents(events: AsyncIterable<LoggedEvent>): AsyncGenerator<LoggedEvent> {
  try {
    for await (const event of events) yield event.type === "job" ? { ...event, data: toldJob(event.data) } : event;
  } catch (error) {
    throw libraryError(error);
  }
}

function toldJob(job: JobResource): JobResource {
  const { error, waitingFor, warnings } = job;
  return {
    ...job,
    error: error && { ...error, detail: inLibraryWords(error.detail), hint: libraryHint(error) },
    waitingFor: waitingFor && { ...waitingFor, detail: inLibraryWords(waitingFor.detail) },
    warnings: warnings.map((warning) => ({ ...warning, detail: inLibraryWords(warning.detail) })),
  };
}
