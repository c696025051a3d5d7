import { z } from "zod";
import { defaultLeaseMs } from "../jobs/leases.ts";
import { listenAddress, networks, origins, privateHosts, publicHosts } from "./hosts.ts";
import { bytes, choice, integer, playerLists, secretKeys, share, urlOf, webAddress } from "./values.ts";

interface Variable<T, S extends string | null = string | null> {
  readonly schema: z.ZodType<T, string>;
  /** The default, as an operator would write it; null: none. */
  readonly standard: S;
  readonly about: string;
  /** The value holds credentials and is never printed. */
  readonly secret?: boolean;
  /** The value is a path, or ends with one: a leading `~` is expanded. */
  readonly path?: boolean;
}

const variable = <T, const S extends string | null>(
  schema: z.ZodType<T, string>,
  standard: S,
  about: string,
  extra: Pick<Variable<T, S>, "secret" | "path"> = {},
): Variable<T, S> => ({ schema, standard, about, ...extra });

/** Every environment variable of the service. `docs/configuration.md` is generated from this table. */
export const variables = {
  HOST: variable(listenAddress, "127.0.0.1", "Address the API listens on."),
  PORT: variable(integer(0, 65_535), "8080", "Port the API listens on; 0 takes a free one."),
  PUBLIC_URL: variable(
    webAddress,
    null,
    "Address under which clients reach the API, with the path in front of it if there is one; every link carries it.",
  ),
  AUTH: variable(
    choice(["off", "keys"]),
    null,
    "`keys` asks for an API key; `off` is only possible while HOST is a loopback address. Default: `off` on loopback, else `keys`.",
  ),
  DATABASE_URL: variable(
    urlOf("sqlite", "postgres", "postgresql"),
    "sqlite:./data/vidferry.db",
    "Where jobs are kept: `sqlite:PATH` or `postgres://…`; there in the schema `vidferry`, or in the one of `?schema=NAME`.",
    { secret: true, path: true },
  ),
  DATABASE_POOL: variable(
    integer(1, 200),
    "10",
    "Most connections of a process to PostgreSQL; without REDIS_URL up to four more, one of which listens.",
  ),
  DATABASE_LISTEN_URL: variable(
    urlOf("postgres", "postgresql"),
    null,
    "The database of DATABASE_URL without a pooler before it, to listen to (LISTEN), which one in transaction mode does not pass on. Used without REDIS_URL. Empty: DATABASE_URL.",
    { secret: true },
  ),
  REDIS_URL: variable(
    urlOf("redis", "rediss"),
    null,
    "Redis or Valkey (6.2 or newer) for the queue and the events; empty: PostgreSQL carries them too, or with SQLite the process itself.",
    { secret: true },
  ),
  QUEUE_URL: variable(
    urlOf("https", "http"),
    null,
    "Amazon SQS for the hints that wake workers: address of a standard queue; two more whose names end in `-high` and `-low` stand beside it. Empty: Redis, or the database.",
    { secret: true },
  ),
  STORAGE_URL: variable(
    urlOf("file", "s3"),
    "file:./data/files",
    "Where results are kept: `file:PATH` or `s3://bucket/prefix?region=…&endpoint=…&pathStyle=true`.",
    { secret: true, path: true },
  ),
  CDN_URL: variable(webAddress, null, "CloudFront address in front of the bucket; links are signed for it."),
  CDN_KEY_PAIR_ID: variable(z.string(), null, "Id of the CloudFront key pair."),
  CDN_PRIVATE_KEY_FILE: variable(z.string(), null, "File with the private key (PEM) of the CloudFront key pair.", {
    path: true,
  }),
  CDN_PRIVATE_KEY: variable(
    z.string().transform((text) => text.replaceAll("\\n", "\n")),
    null,
    "The key itself (PEM), in place of the file; line ends may be written as `\\n`.",
    { secret: true },
  ),
  LINK_SECONDS: variable(integer(60, 604_800), "3600", "How long a signed link to a file opens."),
  LINK_SECRET: variable(
    z.string().min(32, "expected at least 32 characters, for example of `openssl rand -hex 24`"),
    null,
    "Secret that signed links of the API are made with; the same for all replicas. Empty: a new one each start, so links end with it.",
    { secret: true },
  ),
  SECRETS_KEY: variable(
    secretKeys,
    null,
    "Key that secrets in the database (of webhooks, and of egresses: proxies and cookies) are encrypted with, of at least 32 characters, for example of `openssl rand -base64 32`; the same for all processes. Several, separated by commas: the first encrypts, all of them decrypt. Empty: with SQLite a file `secrets.key` beside it, with PostgreSQL webhooks are off, and egresses have neither proxies nor cookies.",
    { secret: true },
  ),
  WEBHOOK_DELIVERY: variable(
    choice(["on", "off"], { true: "on", yes: "on", "1": "on", false: "off", no: "off", "0": "off" }),
    "on",
    "`off`: this process sends no webhooks, and another one has to. For workers without a way out of their own.",
  ),
  WEBHOOK_TIMEOUT_SECONDS: variable(
    integer(2, 60),
    "15",
    "How long a receiver of a webhook may take to answer. What a process was sending when it was killed is sent by another after four times this.",
  ),
  WEBHOOK_LOG_SECONDS: variable(
    integer(3600, 31_536_000),
    "604800",
    "How long deliveries of webhooks can be looked at and replayed after their end.",
  ),
  WORK_DIR: variable(z.string(), "./data/work", "Folder for files that are being made; on a fast local disk.", {
    path: true,
  }),
  MACHINE_NAME: variable(
    z.string().max(200),
    null,
    "Name of this machine, under which work folders are found again. Default: its host name.",
  ),
  DIRECT_ADDRESS: variable(
    z.string().max(200),
    null,
    "A name for the address under which sites see this machine. Machines with the same take what another one found at a link without a proxy: signed links are made for one address. Default: this machine alone.",
  ),
  ECS_AGENT_URI: variable(
    webAddress,
    null,
    "Set by Amazon ECS: the worker asks its agent not to stop the task in favour of fewer or newer ones while jobs run.",
  ),
  WORKER_CONCURRENCY: variable(integer(1, 256), "2", "Jobs a worker runs at once."),
  ALLOWED_HOSTS: variable(
    publicHosts,
    "youtube.com",
    "Hosts whose pages may be fetched, with their subdomains, also at the end of a redirect; `youtube.com` stands for all of YouTube's; `*` opens all public hosts.",
  ),
  ALLOW_PRIVATE_HOSTS: variable(
    privateHosts,
    "",
    "`host` or `host:port` that may be private addresses; everything private else is refused.",
  ),
  PROXY_URL: variable(urlOf("http", "https", "socks5", "socks5h"), null, "Proxy for all traffic to sources.", {
    secret: true,
  }),
  EGRESS_COOLDOWN_SECONDS: variable(
    integer(1, 86_400),
    "60",
    "How long an egress that a site turns away (`bot_check`, `rate_limited`, `login_required`), or whose proxy fails, is left alone the first time. Then one job tries; each further time in a row is four times as long, and from the third on, when it counts as blocked, sixty times. The same for API and workers.",
  ),
  CONNECTIONS_PER_STREAM: variable(
    integer(1, 16),
    "4",
    "Connections over which one stream of a video is fetched at once, where its origin gives parts of a file; 1: one after the other. A process opens at most 32 more than it fetches streams.",
  ),
  CA_FILE: variable(z.string(), null, "Extra certificate authorities (PEM) for sources.", { path: true }),
  LIBRETRANSLATE_URL: variable(
    webAddress,
    null,
    "Base of a LibreTranslate server, which translates captions for requests with `subtitles.translator: libretranslate`. It is reached directly, not through `PROXY_URL`.",
  ),
  LIBRETRANSLATE_API_KEY: variable(z.string(), null, "Key of that server, if it wants one.", { secret: true }),
  TRANSCRIBER_URL: variable(
    webAddress,
    null,
    "Base of a speech-to-text server with OpenAI's `POST /v1/audio/transcriptions` (whisper.cpp, faster-whisper, hosted ones), for requests with `subtitles.transcribe`; the same for API and workers. It is reached directly, not through `PROXY_URL`.",
  ),
  TRANSCRIBER_KEY: variable(z.string(), null, "Key of that server, if it wants one.", { secret: true }),
  TRANSCRIBER_MODEL: variable(z.string().max(200), "whisper-1", "Model that it is asked for."),
  TRANSCRIBER_TIMEOUT_SECONDS: variable(
    integer(1, 3_600),
    "300",
    "How long it may take for one piece of sound, of at most three minutes.",
  ),
  COOKIES_FILE: variable(
    z.string(),
    null,
    "File with cookies for sources (Netscape's form, `cookies.txt`), for videos that want a login. Each run of yt-dlp gets a private copy; what the site changes is written back, so mount the file's folder, writable.",
    { path: true },
  ),
  MAX_FILE_BYTES: variable(bytes(1), null, "Largest media file of a job; empty: no limit."),
  MAX_DURATION_SECONDS: variable(integer(1, 1_000_000), null, "Longest video or clip; empty: no limit."),
  ALLOW_LIVE: variable(
    choice(["on", "off"], { true: "on", yes: "on", "1": "on", false: "off", no: "off", "0": "off" }),
    "off",
    "`on` records live streams; else they are refused until their recording is online.",
  ),
  LIVE_MAX_SECONDS: variable(
    integer(1, 604_800),
    "43200",
    "Longest recording of a live stream; a request may ask for less, and MAX_DURATION_SECONDS too.",
  ),
  MIN_FREE_BYTES: variable(bytes(0), "256MiB", "Disk space that a worker leaves free."),
  RETENTION_SECONDS: variable(integer(1, 1_000_000_000), null, "How long results are kept; empty: until deleted."),
  REUSE: variable(
    choice(["owner", "shared", "off"]),
    "owner",
    "Whose files a job gets instead of making the same again: `owner`, those of its owner's other jobs; `shared`, also those that other owners' jobs made without cookies and without an egress of their own; `off`, nobody's. The same for all processes.",
  ),
  REUSE_SECONDS: variable(
    integer(0, 1_000_000_000),
    "604800",
    "Up to which age results are taken again; of what changes at the source (captions, chapters to cut out, what is written about a video) at most an hour. 0: only jobs that run at the same time share a result.",
  ),
  LOOK_SECONDS: variable(
    integer(0, 3_600),
    "600",
    "How long what was found at a link is taken again by an owner's probes and jobs, so that a probe and the download after it ask the source once. 0, or `REUSE` off: each asks.",
  ),
  HISTORY_SECONDS: variable(
    integer(172_800, 1_000_000_000),
    null,
    "How long `/history` keeps the end of a job; empty: for ever. The statistics stay.",
  ),
  AUDIT_SECONDS: variable(integer(3_600, 1_000_000_000), "31536000", "How long the audit log keeps an entry."),
  BATCH_SECONDS: variable(
    integer(3_600, 1_000_000_000),
    "2592000",
    "How long a batch that is over is kept when it has no jobs: one that found nothing new, or whose jobs were deleted. A batch with jobs is kept as long as they are.",
  ),
  SCHEDULE_MIN_SECONDS: variable(
    integer(1, 31_536_000),
    "60",
    "Least time between two runs of a schedule; a pattern that runs more often is refused.",
  ),
  SCHEDULES_PER_OWNER: variable(integer(0, 10_000_000), "100000", "Most schedules of an owner."),
  ORPHAN_SECONDS: variable(
    integer(10, 2_592_000),
    "3600",
    "Stored files, uploads and work folders that no job names are deleted when they are seen twice, this time apart.",
  ),
  ORPHAN_MAX_SHARE: variable(
    share,
    "0.1",
    "Nothing is deleted when more than this share of the stored files belongs to no job, and to more than one attempt; `vidferry doctor --orphans` lists them and can go through with it. 0: never by itself.",
  ),
  MAX_ATTEMPTS: variable(integer(1, 10), "3", "Tries of a job that fails for a passing reason."),
  JOB_TIMEOUT_SECONDS: variable(integer(10, 604_800), "14400", "Longest time of one attempt."),
  STALL_TIMEOUT_SECONDS: variable(
    integer(5, 3600),
    "120",
    "An attempt that makes no progress for this long is stopped.",
  ),
  LEASE_SECONDS: variable(
    integer(1, 3600),
    String(defaultLeaseMs / 1_000),
    "After this time without a heartbeat a worker counts as lost; the same for all processes.",
  ),
  DRAIN_SECONDS: variable(
    integer(0, 86_400),
    "30",
    "How long a process that is told to stop may finish jobs and transfers before it hands jobs back and cuts transfers off.",
  ),
  MAX_STREAMS: variable(
    integer(1, 1_000_000),
    null,
    "Most event streams, WebSockets and transfers of files that an API process has open at once. Default: half of the descriptors it may have, at most 10,000.",
  ),
  MAX_STREAMS_PER_KEY: variable(
    integer(1, 1_000_000),
    null,
    "Most of them for one API key. Default: half of all; without keys there is no such limit.",
  ),
  CORS_ORIGINS: variable(origins, "", "Origins of web pages that may call the API; `*` for any."),
  REQUESTS_PER_MINUTE: variable(
    integer(0, 1_000_000),
    "6000",
    "Requests a minute of an owner, with all keys together, whose account names no other number; 0: no limit. Counted over all processes; with PostgreSQL alone what others have counted is a second old.",
  ),
  ANONYMOUS_PER_MINUTE: variable(
    integer(0, 1_000_000),
    "600",
    "Requests a minute without a key of one address (IPv6: a /64), signed links and tickets among them; 0: no limit.",
  ),
  WRONG_KEYS_PER_MINUTE: variable(
    integer(0, 1_000_000),
    "30",
    "Keys, tickets and signed links that do not work that one address may send in a minute before it is slowed down; keys that work pass all the same. 0: no limit.",
  ),
  TRUSTED_PROXIES: variable(
    networks,
    "",
    "Addresses and networks of the proxies in front of the API (`10.0.0.7`, `10.1.0.0/16`, `loopback`, `private`). Only what comes from them may say in `X-Forwarded-For` or `Forwarded` who sends a request, and in `X-Forwarded-Proto` that it came over TLS.",
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable(
    webAddress,
    null,
    "OpenTelemetry collector that traces go to, by OTLP over HTTP, such as `http://127.0.0.1:4318`; empty: nothing is traced. All other standard variables `OTEL_*` of traces work as well.",
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: variable(webAddress, null, "The same for traces alone, with its whole path."),
  OTEL_TRACES_EXPORTER: variable(
    choice(["otlp", "console", "none"]),
    null,
    "Where traces go: `otlp`, `console` or `none`. Empty: `otlp` where an endpoint is set.",
  ),
  TRACEPARENT_FROM: variable(
    networks,
    "",
    "Addresses and networks of callers whose `traceparent` is continued, with their decision to sample; written as in `TRUSTED_PROXIES`. Programs on this machine always are. For everybody else a new trace begins, which is linked to theirs.",
  ),
  LOG_LEVEL: variable(
    choice(["debug", "info", "warn", "error", "silent"], {
      trace: "debug",
      warning: "warn",
      fatal: "error",
      off: "silent",
    }),
    "info",
    "How much is logged; JSON lines on standard output.",
  ),
  METRICS_PORT: variable(
    integer(0, 65_535),
    null,
    "Port that `/metrics` (Prometheus) is served on without a key, for API and worker, each process its own; 0 takes a free one, which the log names. Empty: only on the API's port, for this machine and keys with the scope `admin`.",
  ),
  METRICS_HOST: variable(
    listenAddress,
    "127.0.0.1",
    "Address that METRICS_PORT listens on. Anything but a loopback address lets everybody who reaches it read the metrics.",
  ),
  VIDFERRY_YTDLP: variable(z.string(), "yt-dlp", "The yt-dlp program.", { path: true }),
  YTDLP_PLUGIN_DIRS: variable(
    z.string().transform((text) => text.split(":").filter((directory) => directory !== "")),
    null,
    "Folders of yt-dlp plugins, separated by colons. They run with what yt-dlp may do: within the egress guard. With any, yt-dlp is started anew for each run.",
    { path: true },
  ),
  PLAYER_CLIENTS: variable(
    playerLists,
    "web_embedded,tv",
    "Players of YouTube that yt-dlp passes for when its own choice meets a bot check or is refused: lists with commas, tried one after the other, separated by spaces; `none`: no others.",
  ),
  POT_PROVIDER_URL: variable(
    webAddress,
    null,
    "Server of bgutil-ytdlp-pot-provider, whose plugin is in YTDLP_PLUGIN_DIRS: makes PO tokens for YouTube. Add `mweb` to PLAYER_CLIENTS.",
  ),
  YTDLP_WARM: variable(
    choice(["on", "off"], { true: "on", yes: "on", "1": "on", false: "off", no: "off", "0": "off" }),
    "on",
    "`on` keeps one yt-dlp loaded (some 45 MB) and forks it for each run; `off` starts it anew each time.",
  ),
  ENGINE_INDEX: variable(
    webAddress,
    "https://pypi.org/simple",
    "Index of Python packages (PEP 691, JSON) that further versions of yt-dlp come from: `vidferry engine`. It is reached directly, not through `PROXY_URL`.",
  ),
  ENGINE_LOOK: variable(
    choice(["on", "off"], { true: "on", yes: "on", "1": "on", false: "off", no: "off", "0": "off" }),
    "off",
    "`on` looks into ENGINE_INDEX twice a day, and health says when a newer yt-dlp is out; nothing is installed.",
  ),
  VIDFERRY_FFMPEG: variable(z.string(), "ffmpeg", "The FFmpeg program.", { path: true }),
  VIDFERRY_FFPROBE: variable(z.string(), "ffprobe", "The ffprobe program.", { path: true }),
  VIDFERRY_JS_RUNTIME: variable(
    z
      .string()
      .regex(/^(deno|node):.+$/i, "expected deno:/path/to/deno or node:/path/to/node")
      .transform((text) => text.replace(/^\w+/, (name) => name.toLowerCase())),
    null,
    "JavaScript runtime for yt-dlp: `deno:PATH` (2.3 or newer) or `node:PATH` (22 or newer). Empty: what yt-dlp finds.",
    { path: true },
  ),
} as const satisfies Record<string, Variable<unknown>>;

export type VariableName = keyof typeof variables;
