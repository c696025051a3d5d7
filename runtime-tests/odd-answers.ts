import { makeCertificates } from "@vidferry/testing";

/** Servers that are not Vidferry's, as people put them under a client by mistake. */
export async function startOddAnswers() {
  const answers: Readonly<Record<string, () => Response>> = {
    html: () => new Response("<!doctype html><title>Sign in</title>", { headers: { "content-type": "text/html" } }),
    empty: () => new Response(null, { status: 200 }),
    other: () => Response.json({ hello: "world" }),
    list: () => Response.json([]),
    moved: () => new Response(null, { status: 301, headers: { location: "/other/api/v1/downloads?secret=1" } }),
    gone: () => new Response("404 page not found", { status: 404, headers: { "content-type": "text/plain" } }),
  };
  const fetch = ({ url }: Request): Response =>
    answers[new URL(url).pathname.split("/")[1] ?? ""]?.() ?? Response.json({});
  const plain = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
  // Its authority is known to nobody.
  const { cert, key } = await makeCertificates(["127.0.0.1"]);
  const secure = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch, tls: { cert, key } });
  return {
    url: `http://127.0.0.1:${plain.port}`,
    secureUrl: `https://127.0.0.1:${secure.port}`,
    async [Symbol.asyncDispose]() {
      await Promise.all([plain.stop(true), secure.stop(true)]);
    },
  };
}
