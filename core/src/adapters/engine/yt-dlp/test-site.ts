import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { findTools, tempDir } from "@vidferry/testing";
import { DownloadRequest, type DownloadRequestInput } from "../../../jobs/request.ts";
import type { FetchedStream, Resolution } from "../../../pipeline/downloader.ts";
import type { WorkFolder } from "../../../pipeline/work-folders.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { localWorkFolders } from "../../blobs/local-disk/index.ts";
import { startEgressGuard } from "../egress-guard/index.ts";
import type { JsRuntime } from "./options.ts";
import { ytDlpThrough } from "./test-downloader.ts";

/** A site that answers as a test says, and the genuine yt-dlp before it: loaded once, and with no transfer of ours beside it. */
export interface TestSite extends AsyncDisposable {
  readonly server: Server;
  readonly downloader: ReturnType<typeof ytDlpThrough>;
  /** An empty work folder. */
  folder(): Promise<WorkFolder>;
  /** Resolves a path of the site. */
  resolve(path: string, folder: WorkFolder, request?: Omit<DownloadRequestInput, "url">): Promise<Resolution>;
  /** Fetches what was resolved into the folder. */
  fetch(resolution: Resolution, folder: WorkFolder, signal?: AbortSignal): Promise<readonly FetchedStream[]>;
}

const never = new AbortController().signal;
const nothing = () => undefined;
const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent };

/** Starts the site. */
export async function startTestSite(answer: RequestListener): Promise<TestSite> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const guard = await startEgressGuard({ allowPrivateHosts: [host], logger: silent });
  const dir = await tempDir("vidferry-test-site");
  const tools = findTools();
  const [name = "", path = ""] = tools.jsRuntime.split(/:(.*)/s);
  const downloader = ytDlpThrough({
    binary: tools.ytDlp,
    jsRuntime: { name: name as JsRuntime["name"], path },
    proxyUrl: () => guard.url,
    hostPolicy: { allowedHosts: [], allowPrivateHosts: [host] },
    warm: true,
    ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
  });
  let folders = 0;
  return {
    server,
    downloader,
    folder: () => localWorkFolders({ directory: dir.path }).open(`job_${String(folders++).padStart(32, "0")}`),
    resolve: (at, folder, request = {}) =>
      downloader.resolve(DownloadRequest.parse({ ...request, url: `http://${host}${at}` }), { folder, signal: never }),
    fetch: (resolution, folder, signal = never) =>
      downloader.fetch(resolution, { folder, signal, onProgress: nothing, maxBytes: null, stallMs: 30_000 }),
    [Symbol.asyncDispose]: async () => {
      downloader.close();
      await guard[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}
