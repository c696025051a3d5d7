/** A notation of a URL of a trap, by its TCP port, its Unix socket or its file. */
export interface Scheme {
  readonly name: string;
  address(trap: { readonly port: number; readonly socket: string; readonly file: string }): string;
}

const plain = [
  ...["http", "https", "ftp", "ftps", "sftp", "ws", "wss", "rtsp", "rtsps", "rtmp", "rtmpe", "rtmps", "rtmpt"],
  ...["mms", "mmsh", "mmst", "gopher", "httpproxy", "tcp", "udp", "udplite", "tls", "srt", "rtp", "srtp", "sctp"],
  ...["rist", "zmq", "amqp", "smb", "bluray", "ipfs", "crypto+http", "crypto+ftp", "hls+http", "async", "cache"],
];

/** Every notation of a URL that yt-dlp, FFmpeg or their children might follow. */
export const schemes: readonly Scheme[] = [
  ...plain.map((name) => ({ name, address: ({ port }: { port: number }) => `${name}://127.0.0.1:${port}/x.mp4` })),
  { name: "FTP in capitals", address: ({ port }) => `FTP://127.0.0.1:${port}/x.mp4` },
  { name: "no scheme", address: ({ port }) => `//127.0.0.1:${port}/x.mp4` },
  { name: "http with a user", address: ({ port }) => `http://example.com@127.0.0.1:${port}/x.mp4` },
  { name: "http to 0x7f.1", address: ({ port }) => `http://0x7f.1:${port}/x.mp4` },
  { name: "http to localhost", address: ({ port }) => `http://localhost:${port}/x.mp4` },
  { name: "http to localhost..", address: ({ port }) => `http://localhost..:${port}/x.mp4` },
  { name: "http to [::ffff:127.0.0.1]", address: ({ port }) => `http://[::ffff:127.0.0.1]:${port}/x.mp4` },
  { name: "ftp to localhost", address: ({ port }) => `ftp://localhost:${port}/x.mp4` },
  { name: "concat", address: ({ port }) => `concat:http://127.0.0.1:${port}/x.ts|ftp://127.0.0.1:${port}/y.ts` },
  { name: "subfile", address: ({ port }) => `subfile,,start,0,end,9,,:http://127.0.0.1:${port}/x.mp4` },
  { name: "unix", address: ({ socket }) => `unix://${socket}` },
  { name: "file", address: ({ file }) => `file://${file}` },
  { name: "a path", address: ({ file }) => file },
  { name: "pipe", address: () => "pipe:0" },
  { name: "data", address: () => "data:video/mp4;base64,AAAA" },
  {
    name: "smuggled headers",
    address: ({ port }) =>
      `http://127.0.0.1:${port}/x.mp4#__youtubedl_smuggle=${encodeURIComponent(
        JSON.stringify({ http_headers: { "Ytdl-Request-Proxy": "__noproxy__" }, to_generic: true }),
      )}`,
  },
];
