/** The least that could answer: reads the JSON and sends it back. Prints its port. */
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: async (request) => Response.json(await request.json(), { status: 202 }),
});
console.log(server.port);
