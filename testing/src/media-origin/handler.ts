import { extname, join, normalize, sep } from "node:path";
import { answer, answerBytes, answerFault, sendPaced } from "../http/answer.ts";
import { bufferSource, fileSource, paddedMp4Source } from "../http/byte-source.ts";
import type { FaultCounter, ResponseFaults } from "../http/faults.ts";
import type { Handler } from "../http/origin-server.ts";
import type { Exchange } from "../http/request-log.ts";

const contentTypes: Readonly<Record<string, string>> = {
  ".mp4": "video/mp4",
  ".m4a": "audio/mp4",
  ".m4s": "video/iso.segment",
  ".webm": "video/webm",
  ".ts": "video/mp2t",
  ".m3u8": "application/vnd.apple.mpegurl",
  ".mpd": "application/dash+xml",
  ".vtt": "text/vtt; charset=utf-8",
  ".jpg": "image/jpeg",
};

/** A small clip with picture and sound, the seed of everything the origin makes up. */
const seed = "landscape/18.mp4";

/** Serves the files below `root` and the paths the origin makes up. `faultsOf` gives the faults set for a path. */
export function createMediaHandler(
  root: string,
  counter: FaultCounter,
  faultsOf: (path: string) => ResponseFaults | undefined,
): Handler {
  return async (exchange) => {
    const { path, faults: written } = splitPath(exchange.url.pathname);
    const faults = counter.next(path, written ?? faultsOf(path));
    const { searchParams } = exchange.url;

    const bytes = /^big\/(\d+)\.mp4$/.exec(path)?.[1];
    if (bytes !== undefined) return serve(exchange, faults, () => paddedMp4Source(join(root, seed), Number(bytes)));
    const status = /^status\/(\d{3})$/.exec(path)?.[1];
    if (status !== undefined) {
      const retryAfter = searchParams.get("retryAfter");
      const headers = retryAfter === null ? {} : { "retry-after": retryAfter };
      return answer(exchange, Number(status), "text/plain", "", headers);
    }
    switch (path) {
      case "redirect":
        return answer(exchange, 302, "text/plain", "", { location: searchParams.get("to") ?? "/" });
      case "refresh.html":
        return answer(exchange, 200, "text/html", refresh(searchParams.get("to") ?? "/"));
      case "player.html":
        return answer(
          exchange,
          200,
          "text/html",
          `<html><video src="${searchParams.get("to") ?? "/"}"></video></html>`,
        );
      case "empty.mp4":
        return serve(exchange, faults, () => bufferSource(""));
      case "disguised.mp4":
        return serve(exchange, faults, () => bufferSource(disguise(searchParams.get("target") ?? "/etc/hostname")));
      case "endless.mp4":
        return endless(exchange, faults, join(root, seed));
      default:
        return serve(exchange, faults, () => fileSource(inside(root, path)));
    }
  };

  async function serve(
    exchange: Exchange,
    faults: ResponseFaults,
    open: () => ReturnType<typeof fileSource> | Awaited<ReturnType<typeof fileSource>>,
  ): Promise<void> {
    const contentType = contentTypes[extname(exchange.url.pathname)] ?? "application/octet-stream";
    const source = await Promise.resolve()
      .then(open)
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" || error.code === "EISDIR") return null;
        throw error;
      });
    if (source) {
      // As every origin of files does: parts of what has no validator are not continued.
      exchange.response.setHeader("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT");
      await answerBytes(exchange, source, contentType, faults);
    } else if (!(await answerFault(exchange, faults))) answer(exchange, 404, "text/plain", "");
  }
}

/** Takes `/~latencyMs=5&status=503/rest` apart. */
function splitPath(pathname: string): { readonly path: string; readonly faults?: ResponseFaults } {
  const [, written, rest] = /^\/~([^/]*)\/(.*)$/.exec(pathname) ?? [];
  if (written === undefined || rest === undefined) return { path: decodeURIComponent(pathname.slice(1)) };
  const fields = [...new URLSearchParams(written)].map(([name, value]) => [
    name,
    name === "redirectTo" ? value : Number(value),
  ]);
  return { path: decodeURIComponent(rest), faults: Object.fromEntries(fields) };
}

/** An endless stream without a length: the start of a real file, then random bytes. */
async function endless(exchange: Exchange, faults: ResponseFaults, path: string): Promise<void> {
  if (await answerFault(exchange, faults)) return;
  const start = await fileSource(path);
  async function* bytes() {
    yield* start.read(0, start.size - 1);
    for (const noise = new Uint8Array(65_536).fill(0x2a); ; ) yield noise;
  }
  exchange.entry.status = 200;
  exchange.response.writeHead(200, { "content-type": "video/mp4" });
  await sendPaced(exchange, bytes(), faults);
}

function refresh(target: string): string {
  return `<html><meta http-equiv="refresh" content="0; url=${target}"></html>`;
}

function disguise(target: string): string {
  return `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n${target}\n#EXT-X-ENDLIST\n`;
}

function inside(root: string, path: string): string {
  const file = normalize(join(root, path));
  if (!file.startsWith(root + sep)) throw Object.assign(new Error("outside the root"), { code: "ENOENT" });
  return file;
}
