import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Vidferry } from "./vidferry.ts";

/** Operations that no program of a client's calls: they are there under a short name for curl, or for machines. */
const others: Readonly<Record<string, string>> = {
  createDownloadAlias: "a short name of createDownload",
  getDownloadStatus: "a short name of getDownload",
  getScheduleFeed: "for podcast players, by the link of openScheduleFeed",
  getScheduleFeedFile: "for podcast players, by the links in the feed",
  createSession: "for browsers, whose cookie it makes; `raw` has it",
  createSessionShort: "a short path of createSession",
  getSession: "for browsers, whose cookie it makes; `raw` has it",
  getSessionShort: "a short path of getSession",
  deleteSession: "for browsers, whose cookie it makes; `raw` has it",
  deleteSessionShort: "a short path of deleteSession",
  getHealth: "for monitoring; `raw` has it",
  getDetailedHealth: "for monitoring; `raw` has it",
  getLiveness: "for orchestrators; `raw` has it",
  getReadiness: "for orchestrators; `raw` has it",
  getMetrics: "for Prometheus; `raw` has it",
};

const url = "https://youtu.be/dQw4w9WgXcQ";

/** A call of each method. */
const calls: readonly ((vidferry: Vidferry) => unknown)[] = [
  ({ downloads }) => downloads.create({ url }),
  ({ downloads }) => downloads.get("x"),
  ({ downloads }) => downloads.list(),
  ({ downloads }) => downloads.counts(),
  ({ downloads }) => downloads.update("x", { labels: {} }),
  ({ downloads }) => downloads.bulk({ action: "retry", ids: ["x"] }),
  ({ downloads }) => downloads.cancel("x"),
  ({ downloads }) => downloads.pause("x"),
  ({ downloads }) => downloads.resume("x"),
  ({ downloads }) => downloads.retry("x"),
  ({ downloads }) => downloads.finish("x"),
  ({ downloads }) => downloads.remove("x"),
  ({ downloads }) => downloads.events("x").next(),
  ({ downloads }) => downloads.file("x", "y"),
  ({ downloads }) => downloads.archive("x"),
  ({ downloads }) => downloads.link("x", "y"),
  ({ batches }) => batches.create({ urls: [url] }),
  ({ batches }) => batches.get("x"),
  ({ batches }) => batches.list(),
  ({ batches }) => batches.skipped("x"),
  ({ batches }) => batches.cancel("x"),
  ({ batches }) => batches.retry("x"),
  ({ batches }) => batches.remove("x"),
  ({ batches }) => batches.events("x").next(),
  ({ batches }) => batches.archive("x"),
  ({ schedules }) => schedules.create({ name: "x", cron: "0 7 * * *", download: { url } }),
  ({ schedules }) => schedules.get("x"),
  ({ schedules }) => schedules.list(),
  ({ schedules }) => schedules.update("x", {}),
  ({ schedules }) => schedules.delete("x"),
  ({ schedules }) => schedules.pause("x"),
  ({ schedules }) => schedules.resume("x"),
  ({ schedules }) => schedules.run("x"),
  ({ schedules }) => schedules.openFeed("x"),
  ({ schedules }) => schedules.closeFeed("x"),
  ({ webhooks }) => webhooks.create({ url }),
  ({ webhooks }) => webhooks.get("x"),
  ({ webhooks }) => webhooks.list(),
  ({ webhooks }) => webhooks.update("x", {}),
  ({ webhooks }) => webhooks.delete("x"),
  ({ webhooks }) => webhooks.rotate("x"),
  ({ webhooks }) => webhooks.test("x"),
  ({ webhooks }) => webhooks.deliveries("x"),
  ({ webhooks }) => webhooks.replay("x", "y"),
  ({ webhooks }) => webhooks.downloadDeliveries("x"),
  ({ webhooks }) => webhooks.replayDownloadDelivery("x", "y"),
  ({ webhooks }) => webhooks.secret(),
  ({ webhooks }) => webhooks.rotateDefaultSecret(),
  ({ keys }) => keys.create({ name: "x" }),
  ({ keys }) => keys.get("x"),
  ({ keys }) => keys.list(),
  ({ keys }) => keys.update("x", {}),
  ({ keys }) => keys.rotate("x"),
  ({ keys }) => keys.revoke("x"),
  ({ egresses }) => egresses.create({ name: "x" }),
  ({ egresses }) => egresses.get("x"),
  ({ egresses }) => egresses.list(),
  ({ egresses }) => egresses.update("x", {}),
  ({ egresses }) => egresses.reset("x"),
  ({ egresses }) => egresses.delete("x"),
  ({ accounts }) => accounts.get("x"),
  ({ accounts }) => accounts.limit("x", {}),
  ({ records }) => records.stats(),
  ({ records }) => records.history(),
  ({ records }) => records.audit(),
  ({ records }) => records.queue(),
  ({ records }) => records.engines(),
  ({ records }) => records.storage(),
  ({ records }) => records.workers(),
  ({ records }) => records.drainWorker("x"),
  ({ records }) => records.setLogLevel(null),
  ({ tickets }) => tickets.create(),
  (vidferry) => vidferry.events().next(),
  (vidferry) => vidferry.quota(),
  (vidferry) => vidferry.probe(url),
];

test("every operation of the service has a method of the client", async () => {
  const { paths } = JSON.parse(await readFile(join(import.meta.dir, "../openapi.json"), "utf8")) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId?: string }>>>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { operationId }]) =>
      operationId === undefined ? [] : [{ operationId, method: method.toUpperCase(), path }],
    ),
  );
  const called = new Set<string | undefined>();
  const fetch = ({ method, url: address }: Request): Response => {
    const { pathname } = new URL(address);
    const fits = operations
      .filter((one) => one.method === method)
      .filter(({ path }) => new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`).test(pathname))
      // A name goes before a parameter in its place.
      .toSorted((a, b) => a.path.split("{").length - b.path.split("{").length);
    called.add(fits[0]?.operationId);
    return Response.json({ code: "not_found", detail: "None." }, { status: 400 });
  };
  const vidferry = new Vidferry({ baseUrl: "http://service.test", fetch, maxRetries: 0 });
  await Promise.all(calls.map(async (call) => expect((async () => call(vidferry))()).rejects.toThrow("None.")));
  const wanted = operations.map(({ operationId }) => operationId).filter((id) => !(id in others));
  expect([...called].toSorted()).toEqual(wanted.toSorted());
});
