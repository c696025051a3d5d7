/** Takes traces by OTLP over HTTP and forgets them, in its own process; prints its address. */
const sink = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: async (request) => {
    await request.arrayBuffer();
    return new Response(new Uint8Array(), { headers: { "content-type": "application/x-protobuf" } });
  },
});
console.log(sink.url.href);
process.once("SIGTERM", () => process.exit(0));
