/**
 * A minimal server of event streams: each stream gets its first event at once, then all streams in turn get events at the given
 * total rate. Prints its port.
 * Usage: bun bench/sse-bare.ts <events a second>
 */
export {};

const perSecond = Number(process.argv[2] ?? 1_000);
const everyMs = 5;
const streams: ReadableStreamDefaultController<string>[] = [];
let next = 0;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  fetch: () =>
    new Response(
      new ReadableStream<string>({
        start(controller) {
          streams.push(controller);
          controller.enqueue("event: job\ndata: {}\n\n");
        },
        cancel() {
          streams.length = 0;
        },
      }),
      { headers: { "content-type": "text/event-stream" } },
    ),
});
const start = performance.now();
let sent = 0;
setInterval(() => {
  for (; sent < ((performance.now() - start) * perSecond) / 1_000; sent++) {
    const now = performance.timeOrigin + performance.now();
    const progress = JSON.stringify({ jobId: "job_0", attempt: 1, progress: { percent: 1, downloadedBytes: now } });
    streams[next++ % Math.max(1, streams.length)]?.enqueue(`id: 1-${sent}\nevent: progress\ndata: ${progress}\n\n`);
  }
}, everyMs);
console.log(server.port);
