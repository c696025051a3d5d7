import { join } from "node:path";
import { eventually, openPage } from "@vidferry/testing";

/** A name that leads here and is not localhost: pages of plain HTTP in a home network lack what secure ones have. */
const host = "vidferry.lan";

/** What a page says that uses the client as it is installed in a folder. */
export async function saidInPage(browser: string, folder: string, baseUrl: string, id: string): Promise<unknown> {
  const entrypoints = [join(folder, "sdk-page.mjs")];
  const { outputs } = await Bun.build({ entrypoints, target: "browser", root: folder });
  const program = (await outputs[0]?.text()) ?? "";
  const pages = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) =>
      new URL(url).pathname === "/main.js"
        ? new Response(program, { headers: { "content-type": "text/javascript" } })
        : new Response('<!doctype html><script type="module" src="/main.js"></script>', {
            headers: { "content-type": "text/html" },
          }),
  });
  try {
    const service = baseUrl.replace("127.0.0.1", host);
    const address = `http://${host}:${pages.port}/?${encodeURIComponent(service)}&${id}`;
    await using page = await openPage(browser, address, { hosts: [host] });
    return await eventually(
      async () => {
        const said = JSON.parse(String(await page.evaluate("JSON.stringify(globalThis.said ?? {})"))) as {
          isDone?: boolean;
        };
        return said.isDone === true ? said : undefined;
      },
      { timeoutMs: 120_000, message: "what the page says" },
    );
  } finally {
    await pages.stop(true);
  }
}
