import { createRoute, z } from "@hono/zod-openapi";
import { isTerminal, type JobId } from "@vidferry/core";
import type { App, RouteDeps, RuntimeBindings } from "../../environment.ts";
import { framesBody } from "../../http/frames.ts";
import { EventId, JobPath, jobIdOf } from "../../http/parameters.ts";
import { problemResponses } from "../../http/problem.ts";
import { secured } from "../../http/secured.ts";
import { createEventStream } from "./event-stream.ts";
import { createTicker } from "./ticker.ts";

const headers = z.object({
  "last-event-id": EventId.optional().openapi({ description: "Go on after this event." }),
});
const query = z.object({
  lastEventId: EventId.optional().openapi({ description: "The same, for clients that cannot set the header." }),
});

/** One event of the stream, as its fields are called there. */
const StreamedEvent = z
  .object({
    id: z.string().describe("Its place in the log; opaque."),
    event: z.enum(["job", "progress"]),
    data: z.string().describe("JSON: a `DownloadJob` for `job`, a `ProgressEvent` for `progress`."),
  })
  .meta({
    id: "StreamedEvent",
    example: {
      id: "1761955200000-0",
      event: "progress",
      data: '{"jobId":"job_0199f3a2c4d87b1e9a5d6c3f20417e88","attempt":1,"stage":"downloading","progress":{"percent":42.5,"downloadedBytes":4456448,"totalBytes":10485760,"bytesPerSecond":2097152,"etaSeconds":3}}',
    },
  });

const streamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  // Turns off nginx's response buffering.
  "x-accel-buffering": "no",
};

/** `GET /downloads/{id}/events`. */
export function registerDownloadEvents(app: App, deps: RouteDeps): void {
  const { service, config, links, logger, telemetry } = deps;
  let streams = 0;
  const ticker = createTicker(Math.max(10, Math.min(1_000, config.heartbeatMs / 8)));

  const route = createRoute({
    method: "get",
    path: "/api/v1/downloads/{id}/events",
    operationId: "followDownload",
    tags: ["downloads"],
    summary: "Follow a download",
    description:
      "Server-sent events: `job` (a `DownloadJob`: first, and at each change of state or stage) and `progress` (a `ProgressEvent`). " +
      "Each has an `id`; send the last one in `Last-Event-ID` to get what was missed. A comment comes at least every 15 seconds. " +
      "The stream ends after the `job` event with a terminal state; a client that resumes after it gets 204, which stops an `EventSource`.",
    security: secured("downloads:read"),
    middleware: [deps.requires("downloads:read"), deps.limitStreams],
    request: { params: JobPath, headers, query },
    responses: {
      200: {
        description: "The events.",
        content: { "text/event-stream": { schema: StreamedEvent } },
      },
      204: { description: "The job is over and the client has had its last event." },
      ...problemResponses(
        "invalid_request",
        "unauthorized",
        "forbidden",
        "not_found",
        "rate_limit_exceeded",
        "unavailable",
      ),
    },
  });

  app.openapi(route, async (c) => {
    const id = jobIdOf(c.req.valid("param").id);
    const { owner } = c.get("principal");
    // The first event is awaited before the response begins, so that an error can still be answered with a problem.
    const job = await service.get(id, owner);
    const lastEventId = c.req.valid("header")["last-event-id"] ?? c.req.valid("query").lastEventId ?? null;
    if (c.req.method === "HEAD") return new Response(null, { headers: streamHeaders });

    return await streamEvents({
      id,
      owner,
      lastEventId,
      isOver: isTerminal(job.state),
      runtime: c.env ?? {},
      // The server tells the end itself; the request's signal would keep the request.
      client: c.env?.onEnd === undefined ? c.req.raw.signal : undefined,
      requestId: c.get("requestId"),
    });
  });

  /** Apart from the route, so that a stream holds on to neither its request nor the job while it is open. */
  async function streamEvents(follow: Follow): Promise<Response> {
    const { id, owner, lastEventId, client, runtime, requestId } = follow;
    const { closing } = runtime;
    const stop = new AbortController();
    const onGone = (): void => stop.abort();
    runtime.onEnd?.(onGone);
    client?.addEventListener("abort", onGone, { once: true });
    if (client?.aborted) stop.abort();
    let events = service.follow(id, owner, { lastEventId, signal: stop.signal })[Symbol.asyncIterator]();

    if (lastEventId !== null && follow.isOver) {
      const first = await events.next();
      // An event that the client has had already means the same as none: there is nothing after it.
      if (first.done || first.value.id === lastEventId) {
        client?.removeEventListener("abort", onGone);
        stop.abort();
        await events.return?.();
        return new Response(null, { status: 204 });
      }
      events = startingWith(first, events);
    }

    telemetry?.gauge("vidferry_event_streams", ++streams);
    const frames = createEventStream({
      present: links.event,
      events,
      stop,
      ticker,
      heartbeatMs: config.heartbeatMs,
      stalledMs: config.stalledMs,
      ...(closing === undefined ? {} : { closing }),
      onError: (error) => logger.warn("event stream failed", { requestId, jobId: id, error }),
      onEnd: () => {
        client?.removeEventListener("abort", onGone);
        telemetry?.gauge("vidferry_event_streams", --streams);
      },
    });
    runtime.stream?.(frames);
    return new Response(runtime.stream === undefined ? framesBody(frames) : null, { headers: streamHeaders });
  }
}

/** A request for a stream. */
interface Follow {
  readonly id: JobId;
  readonly owner: string;
  readonly lastEventId: string | null;
  /** The job had come to its end already. */
  readonly isOver: boolean;
  readonly runtime: RuntimeBindings;
  /** Aborts when the client goes away, where the runtime does not tell. */
  readonly client: AbortSignal | undefined;
  readonly requestId: string;
}

/** The iterator with a result that was already taken from it put in front. */
function startingWith<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncIterator<T> {
  let held: IteratorResult<T> | undefined = first;
  return {
    next: async () => {
      const result = held ?? (await rest.next());
      held = undefined;
      return result;
    },
    return: async () => (await rest.return?.()) ?? { done: true, value: undefined },
  };
}
