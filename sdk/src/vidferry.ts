import { type Accounts, createAccounts } from "./accounts.ts";
import { type Answer, answerOf } from "./answer.ts";
import { type Batches, createBatches } from "./batches.ts";
import { createDownloads, type Downloads } from "./downloads.ts";
import { createEgresses, type Egresses } from "./egresses.ts";
import { type FollowAllOptions, followAll } from "./follow-all.ts";
import { given } from "./given.ts";
import { createKeys, type Keys } from "./keys.ts";
import { openStream } from "./open-stream.ts";
import type { RawClient } from "./raw-types.ts";
import { createRecords, type Records } from "./records.ts";
import { createSchedules, type Schedules } from "./schedules.ts";
import { createSharedEvents } from "./shared-events.ts";
import { createTickets, type Tickets } from "./tickets.ts";
import { type CallOptions, type ClientLogger, createTransport, type Fetch, type Transport } from "./transport.ts";
import type { Account, BatchMatch, OwnerEvent, PlaylistEntry, Probe } from "./types.ts";
import { createWebhooks, type Webhooks } from "./webhooks.ts";

/** How to reach a service. */
export interface VidferryOptions {
  /** Address of the service, without `/api/v1`: `http://127.0.0.1:8080`. Default: the environment variable `VIDFERRY_URL`. */
  readonly baseUrl?: string | undefined;
  /** An API key, `vf_…`; not needed where the service runs with `AUTH=off`. Default: `VIDFERRY_API_KEY`. */
  readonly apiKey?: string | undefined;
  /** What verifies messages in `webhooks.unwrap`, `whsec_…`, or several during a rotation. Default: `VIDFERRY_WEBHOOK_SECRET`. */
  readonly webhookSecret?: string | readonly string[] | undefined;
  /** Does the requests. Default: the platform's `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long one try of a call may take, in milliseconds; 60,000. Streams: until they begin. */
  readonly timeoutMs?: number | undefined;
  /** How often a call that failed for a passing reason (no connection, 408, 429, 5xx) is repeated; 2. */
  readonly maxRetries?: number | undefined;
  /** Is told of each try and each repetition: `console`, or anything like it. Default: nobody is. */
  readonly logger?: ClientLogger | undefined;
}

/** How to look at a link. */
export interface ProbeOptions extends CallOptions {
  /** Of a list at most so many entries, 1 to 1000; 100. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before; absent: from the first entry. */
  readonly cursor?: string | undefined;
  /** Name of the egress or pool that it goes through; absent: any. */
  readonly egress?: string | undefined;
  /** `never`: the source is asked, whatever was found in the last minutes; `auto`. */
  readonly reuse?: "auto" | "never" | undefined;
  /** Of a list only the entries that a batch with it would take or skip: a page may be short or empty before the last one. */
  readonly match?: BatchMatch | undefined;
  /** `reverse`: a list from its end, up to 5,000 entries. */
  readonly order?: "source" | "reverse" | undefined;
}

/** A client of a Vidferry service. It holds no connection, so there is nothing to close. */
export class Vidferry {
  /** Jobs: make, follow, wait for, list, move, delete, and fetch their files. */
  readonly downloads: Downloads;
  /** Several links, playlists and channels: make, follow, wait for, list, cancel, retry, and fetch all results. */
  readonly batches: Batches;
  /** Tickets for event streams of pages that hold no key. */
  readonly tickets: Tickets;
  /** What owners may use, for admins. */
  readonly accounts: Accounts;
  /** Keys of the service, for admins: make, change, rotate, revoke. */
  readonly keys: Keys;
  /** Proxies and cookies through which sites are reached, for admins. */
  readonly egresses: Egresses;
  /** Addresses that are told of events, and what was delivered to them. */
  readonly webhooks: Webhooks;
  /** Rules that make downloads later, or again and again. */
  readonly schedules: Schedules;
  /** Figures, history, who did what, the queue and the workers. */
  readonly records: Records;
  /** Every operation of the API by method and path, typed; with the same retries and errors as the rest. */
  readonly raw: RawClient;
  readonly #transport: Transport;
  readonly #options: VidferryOptions;

  /** Throws a `VidferryError` for options that cannot be right, such as a `baseUrl` that is no address. */
  constructor(options: VidferryOptions = {}) {
    const { timeoutMs = 60_000, maxRetries = 2 } = options;
    this.#options = options;
    this.#transport = createTransport({ ...options, timeoutMs, maxRetries });
    this.raw = this.#transport.raw;
    const waits = createSharedEvents((signal) => this.events({ signal, maxReconnects: 2 }));
    this.downloads = createDownloads(this.#transport, waits);
    this.batches = createBatches(this.#transport, waits);
    this.records = createRecords(this.#transport);
    this.keys = createKeys(this.#transport);
    this.egresses = createEgresses(this.#transport);
    this.accounts = createAccounts(this.#transport);
    this.schedules = createSchedules(this.#transport);
    this.webhooks = createWebhooks(this.#transport, options.webhookSecret);
    this.tickets = createTickets(this.#transport);
  }

  /** A client like this one, with other options: another key, more patience. What is not given stays. */
  withOptions(changes: VidferryOptions): Vidferry {
    return new Vidferry({ ...this.#options, ...changes });
  }

  /**
   * What happens to all jobs of this key's owner: first the unfinished ones and a `snapshot`, then each change, until the
   * signal aborts or the loop is left. Resumes by itself, and misses no `job` event.
   */
  events(options: FollowAllOptions = {}): AsyncGenerator<OwnerEvent, void, void> {
    const { types, ticket, signal } = options;
    const open = openStream(this.#transport.sender, options, ({ headers, query, fetch }) =>
      this.raw.GET("/api/v1/events", {
        params: { query: given({ ...query, types: types?.join(",") }) },
        headers,
        parseAs: "stream",
        fetch,
      }),
    );
    // A ticket reads no jobs.
    const get = ticket === undefined ? (id: string) => this.downloads.get(id, { signal }) : null;
    return followAll(open, options, get);
  }

  /** What this key's owner may use, and has used. */
  quota(options: CallOptions = {}): Answer<Account> {
    return answerOf(this.raw.GET("/api/v1/quota", { fetch: this.#transport.sender(options) }), "owner");
  }

  /** What a link offers: title, formats, subtitles; for a playlist its entries. The service asks the source, which takes seconds. */
  probe(url: string, options: ProbeOptions = {}): Answer<Probe> {
    const { limit = 100, cursor, egress, reuse, match, order, timeoutMs = 120_000, ...call } = options;
    const sent = this.raw.POST("/api/v1/probe", {
      body: { url, limit, ...given({ cursor, egress, reuse, match, order }) },
      fetch: this.#transport.sender({ timeoutMs, ...call }),
    });
    return answerOf(sent, "kind") as Answer<Probe>;
  }

  /** All entries of a playlist or a channel's tab, page by page as they are taken. Nothing for the link of a video. */
  async *entries(url: string, options: ProbeOptions = {}): AsyncGenerator<PlaylistEntry, void, undefined> {
    for (let cursor = options.cursor; ; ) {
      const page = await this.probe(url, { ...options, ...(cursor === undefined ? {} : { cursor }) });
      if (page.kind !== "playlist") return;
      yield* page.entries;
      // An older service names none at all.
      if (!page.nextCursor) return;
      cursor = page.nextCursor;
    }
  }
}
