import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";

/** A request for a transcript that the server got. */
export interface TranscriptionRequest {
  readonly file: Uint8Array<ArrayBuffer>;
  readonly fileName: string;
  /** The other fields of the form; those that came several times are joined by commas. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What `response_format=verbose_json` answers with. */
export interface VerboseJson {
  readonly language?: string;
  readonly text?: string;
  readonly segments?: readonly {
    readonly start: number;
    readonly end: number;
    readonly text: string;
    readonly words?: readonly { readonly word: string; readonly start: number; readonly end: number }[];
  }[];
}

/** A server of ours that speaks the protocol of `POST /v1/audio/transcriptions`. */
export interface SpeechToTextServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly TranscriptionRequest[];
  /** Answers the next requests in place of the server; null: as it would. */
  answerWith(answer: ((count: number) => Response | Promise<Response> | null) | null): void;
}

export interface SpeechToTextOptions {
  /** Requests without it are refused. */
  readonly key?: string;
  /** What is said. Default: `piece N`, in the first second of each file. */
  readonly hear?: (request: TranscriptionRequest, count: number) => VerboseJson | Promise<VerboseJson>;
}

/** Starts it on a port of this machine. */
export async function startSpeechToText({
  key,
  hear = pieceName,
}: SpeechToTextOptions = {}): Promise<SpeechToTextServer> {
  const requests: TranscriptionRequest[] = [];
  let answerInstead: ((count: number) => Response | Promise<Response> | null) | null = null;
  let asked = 0;

  const answer = async (request: IncomingMessage): Promise<Response> => {
    if (key !== undefined && request.headers.authorization !== `Bearer ${key}`)
      return Response.json({ error: { message: "Incorrect API key provided" } }, { status: 401 });
    if (request.url === "/v1/models") return Response.json({ object: "list", data: [{ id: "whisper-1" }] });
    if (request.url !== "/v1/audio/transcriptions" || request.method !== "POST")
      return new Response(null, { status: 404 });
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const read = await readForm(Buffer.concat(pieces), request.headers["content-type"] ?? "");
    requests.push(read);
    asked += 1;
    const count = asked;
    return (await answerInstead?.(count)) ?? Response.json(await hear(read, count));
  };
  const send = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answered = await answer(request);
    response.writeHead(answered.status, Object.fromEntries(answered.headers));
    await pipeline(answered.body ?? [], response);
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

const pieceName = (_: TranscriptionRequest, count: number): VerboseJson => {
  const text = `piece ${count}`;
  return { language: "english", text, segments: [{ start: 0, end: 1, text: ` ${text}` }] };
};

async function readForm(body: Buffer<ArrayBuffer>, contentType: string): Promise<TranscriptionRequest> {
  const form = await new Response(body, { headers: { "content-type": contentType } }).formData();
  const file = form.get("file");
  if (!(file instanceof File)) throw new Error("there is no file");
  const names = [...new Set([...form.keys()])].filter((name) => name !== "file");
  return {
    file: new Uint8Array(await file.arrayBuffer()),
    fileName: file.name,
    fields: Object.fromEntries(names.map((name) => [name, form.getAll(name).join(",")])),
  };
}
