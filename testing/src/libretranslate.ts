import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request for translations that the server got. */
export interface TranslationRequest {
  readonly q: readonly string[];
  readonly source: string;
  readonly target: string;
  readonly format: string;
  readonly api_key?: string;
}

/** A server that speaks LibreTranslate's protocol. It is ours, and translates nothing: `[fr] text`. */
export interface LibreTranslateServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly TranslationRequest[];
  /** Answers the next requests for translations in place of the server; null: as it would. */
  answerWith(answer: ((count: number) => Response | null) | null): void;
}

/** Starts it on a port of this machine. With a key, requests without it are refused. */
export async function startLibreTranslate({
  key,
  languages = ["en", "fr", "de", "pt-BR", "zh-Hans"],
}: {
  readonly key?: string;
  readonly languages?: readonly string[];
} = {}): Promise<LibreTranslateServer> {
  const requests: TranslationRequest[] = [];
  let answerInstead: ((count: number) => Response | null) | null = null;
  let asked = 0;

  const translate = (request: TranslationRequest): Response => {
    requests.push(request);
    if (key !== undefined && request.api_key !== key)
      return Response.json({ error: "Invalid API key" }, { status: 403 });
    return Response.json({ translatedText: request.q.map((text) => `[${request.target}] ${text}`) });
  };
  const answer = async (request: IncomingMessage): Promise<Response> => {
    if (request.url === "/languages") {
      return Response.json(languages.map((code) => ({ code, name: code, targets: languages })));
    }
    if (request.url !== "/translate" || request.method !== "POST") return new Response(null, { status: 404 });
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    asked += 1;
    const instead = answerInstead?.(asked) ?? null;
    return instead ?? translate(JSON.parse(Buffer.concat(pieces).toString("utf8")) as TranslationRequest);
  };
  const send = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answered = await answer(request);
    response.writeHead(answered.status, Object.fromEntries(answered.headers));
    response.end(Buffer.from(await answered.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    send(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answerWith(answer) {
      asked = 0;
      answerInstead = answer;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
