import { describe, expect, test } from "bun:test";
import { createContract } from "../testing/contract.ts";
import { createHarness } from "../testing/harness.ts";
import { startHarness } from "../testing/live-server.ts";
import { describedOperations } from "../testing/operations.ts";
import { exchange } from "../testing/raw-client.ts";
import { unreadableStatuses } from "./unreadable.ts";

const operations = await describedOperations();

/** Requests to an operation as they go over the wire, by the status that each is refused with. */
const requests: Readonly<Record<keyof typeof unreadableStatuses, (method: string, path: string) => string>> = {
  400: (method, path) => `${method} ${path}?${"a=1&".repeat(101)} HTTP/1.1\r\nHost: 127.0.0.1\r\n`,
  408: (method, path) => `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Unfinished: `,
  414: (method, path) => `${method} ${path}?q=${"x".repeat(8_192)} HTTP/1.1\r\nHost: 127.0.0.1\r\n`,
  431: (method, path) => `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ${"x".repeat(17_000)}\r\n`,
};

describe("every operation answers as documented", () => {
  test.each([400, 408, 414, 431] as const)(
    "with %d to a request that is refused before its operation is found",
    async (status) => {
      const { url } = await startHarness(status === 408 ? { headTimeoutMs: 50 } : {});
      const { breachesOf } = createContract(createHarness().app);
      expect(operations.length).toBeGreaterThan(50);
      const answers = operations.map(async ({ method, path }) => {
        const end = status === 408 ? "" : "Content-Length: 0\r\nConnection: close\r\n\r\n";
        const answer = await exchange(url, requests[status](method, path) + end);
        expect({ method, path, status: answer.status }).toEqual({ method, path, status });
        const response = new Response(answer.text, { status, headers: answer.headers });
        expect(await breachesOf(method, path, response)).toEqual([]);
        expect(JSON.parse(answer.text)).toMatchObject({ status, code: "invalid_request" });
      });
      await Promise.all(answers);
    },
  );

  test("and the document says of each, in one component a status, what it is refused for", async () => {
    const document = (await (await createHarness().send("GET", "/openapi.json")).json()) as {
      paths: Record<string, Record<string, { responses: Record<string, { $ref?: string }> }>>;
      components: { responses: Record<string, { description: string }> };
    };
    for (const [status, detail] of Object.entries(unreadableStatuses)) {
      const references = Object.values(document.paths)
        .flatMap((methods) => Object.values(methods))
        .map(({ responses }) => responses[status]?.$ref?.split("/").at(-1) ?? "");
      const [name = "", ...others] = new Set(references);
      expect(others).toEqual([]);
      expect(document.components.responses[name]?.description).toEndWith(detail);
    }
  });
});
