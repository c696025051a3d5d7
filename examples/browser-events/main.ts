import { Vidferry } from "@vidferry/sdk";

const baseUrl = process.env["VIDFERRY_URL"] ?? "http://127.0.0.1:8080";
const apiKey = process.env["VIDFERRY_KEY"];
const vidferry = new Vidferry({ baseUrl, ...(apiKey === undefined ? {} : { apiKey }) });
/** Where the browser reaches the service. */
const publicUrl = process.env["VIDFERRY_PUBLIC_URL"] ?? baseUrl;

const page = (name: string) => async () =>
  new Response((await Bun.file(new URL(name, import.meta.url)).text()).replace("{{service}}", publicUrl), {
    headers: { "content-type": "text/html; charset=utf-8" },
  });

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env["PORT"] ?? 3000),
  routes: {
    "/": page("event-source.html"),
    "/socket": page("web-socket.html"),
    // Whoever may see the page may see the jobs; a page for many users would look at who asks.
    "/ticket": { POST: async () => Response.json(await vidferry.tickets.create()) },
  },
});
console.log(server.url.href);
