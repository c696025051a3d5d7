import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";

/** Questions of assistants are small. */
export const mostBytes = 262_144;

/** Answers one message over HTTP, with a server that is made for it and closed after it: nothing is kept between two. */
export async function answerMessage(message: Request, server: McpServer): Promise<Response> {
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
