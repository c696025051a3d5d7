import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";

/** Questions of assistants are small. */
export const mostBytes = 262_144;

/**
 * Answers one message over HTTP, with a server that is made for it and closed after it: nothing is kept between two. Several in one
 * request, which the protocol has given up, are refused: they would be a hundred calls of tools at once, and where one of them cancels
 * another there is no answer for as long as the client stays.
 */
export async function answerMessage(request: Request, server: McpServer): Promise<Response> {
  const { url, method, headers, signal } = request;
  const body = await request.text();
  if (body.trimStart().startsWith("[")) return refuseSeveral();
  const message = new Request(url, { method, headers, signal, body });
  const transport = new WebStandardStreamableHTTPServerTransport({
    enableJsonResponse: true,
    maxRequestBodySize: mostBytes,
  });
  await server.connect(transport);
  try {
    return await transport.handleRequest(message);
  } finally {
    await server.close();
  }
}

function refuseSeveral(): Response {
  const error = { code: -32_600, message: "Send each message in a request of its own." };
  return Response.json({ jsonrpc: "2.0", error, id: null }, { status: 400 });
}
