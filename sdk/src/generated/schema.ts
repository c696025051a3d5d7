// Made by `bun run generate` out of openapi.json. Do not edit.

export interface paths {
    "/api/v1/downloads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List downloads
         * @description The key's own jobs, newest first, page by page; by the time they ended where `finishedAfter` or `finishedBefore` is given. All filters hold together. `label.<name>=<value>` keeps those with that label; it may be given for up to 20 names. Needs the scope `downloads:read`.
         */
        get: operations["listDownloads"];
        put?: never;
        /**
         * Start a download
         * @description Accepts a download and answers at once; follow it by its events, or read the job. Only `url` is needed. Unknown fields are refused by name. Needs the scope `downloads:write`.
         */
        post: operations["createDownload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a download (short form)
         * @description Accepts a download and answers at once; follow it by its events, or read the job. Only `url` is needed. Unknown fields are refused by name. Needs the scope `downloads:write`.
         */
        post: operations["createDownloadAlias"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count downloads by state
         * @description How many jobs the same filters as those of the list hold, by state. Counted up to 10,000 a state, and with `q`, `code`, labels, or times of both kinds up to 1,000 in all: `exact` says whether that was enough. Needs the scope `downloads:read`.
         */
        get: operations["countDownloads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Do one thing to several downloads
         * @description Cancels, pauses, resumes, retries or deletes the jobs that are named, or those of a filter, and answers for each. A filter is done page by page: send `nextCursor` until it is null. Jobs that are made meanwhile are left alone. Needs the scope `downloads:write`.
         */
        post: operations["changeDownloads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a download
         * @description The job as it is now. Send its `ETag` in `If-None-Match` to be told 304 while nothing has changed, or in `If-Match` of a PATCH. Needs the scope `downloads:read`.
         */
        get: operations["getDownload"];
        put?: never;
        post?: never;
        /**
         * Delete a download
         * @description Cancels it if it runs, and deletes its files and everything known of it. Needs the scope `downloads:write`.
         */
        delete: operations["deleteDownload"];
        options?: never;
        head?: never;
        /**
         * Change a download
         * @description Labels at any time, the priority while the job waits. A JSON Merge Patch (RFC 7396): what is not named stays, and a label that is null is removed. Needs the scope `downloads:write`.
         */
        patch: operations["editDownload"];
        trace?: never;
    };
    "/api/v1/status/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a download (short form)
         * @description The job as it is now. Send its `ETag` in `If-None-Match` to be told 304 while nothing has changed, or in `If-Match` of a PATCH. Needs the scope `downloads:read`.
         */
        get: operations["getDownloadStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a download
         * @description Stops the job in any state that is not over. It can be retried later. Needs no body. Needs the scope `downloads:write`.
         */
        post: operations["cancelDownload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a download
         * @description Keeps it from being run. A running attempt stops and keeps the parts it has. Needs no body. Needs the scope `downloads:write`.
         */
        post: operations["pauseDownload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a download
         * @description Offers a paused job to the workers again. Needs no body. Needs the scope `downloads:write`.
         */
        post: operations["resumeDownload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry a download
         * @description Queues a failed or cancelled job again, with all its attempts before it. Needs no body. Needs the scope `downloads:write`.
         */
        post: operations["retryDownload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finish a recording
         * @description Ends the recording of a live stream and keeps what was recorded: the job goes on to make its files, and succeeds. Needs no body. Needs the scope `downloads:write`.
         */
        post: operations["finishDownload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a download
         * @description Server-sent events: `job` (a `DownloadJob`: first, and at each change of state or stage) and `progress` (a `ProgressEvent`). Each has an `id`; send the last one in `Last-Event-ID` to get what was missed. A comment comes at least every 15 seconds. The stream ends after the `job` event with a terminal state; a client that resumes after it gets 204, which stops an `EventSource`. Needs the scope `downloads:read`.
         */
        get: operations["followDownload"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow all downloads
         * @description Server-sent events of all jobs of this key's owner: `job`, `progress`, `batch` (at each change of a batch's state), and `snapshot`. It starts with a `job` event for each running or waiting job, up to 1,000, and then `snapshot`. Each event has an `id`; send the last one in `Last-Event-ID` to get the `job` events that were missed instead. Where they are not kept any more, the stream starts over, which the `snapshot` tells. A comment comes at least every 15 seconds. The stream does not end by itself. Needs the scope `downloads:read`.
         */
        get: operations["followAll"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a ticket
         * @description A browser's `EventSource` and `WebSocket` cannot send a key. A ticket in `?ticket=` stands in for the key that made it, for one stream that begins within a minute; each connection needs a new one. It opens nothing but streams. Needs no body. Needs the scope `downloads:read`.
         */
        post: operations["createTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}/files/{artifactId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fetch a file
         * @description The bytes, under the video's real name. One `Range` at a time is served; `If-Range` and `If-None-Match` take the `ETag`. Needs the scope `files:read`.
         */
        get: operations["getDownloadFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}/files/{artifactId}/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a link to a file
         * @description A signed link that opens this one file without a key until it expires. It ends earlier when the key that makes it is revoked or expires. Needs the scope `files:read`.
         */
        post: operations["createFileLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fetch all files as a ZIP
         * @description All files of the job in one ZIP archive, made while it is sent and without compression. Its length is known, ranges of it cannot be had: to continue a transfer, fetch the files one by one. Needs the scope `files:read`.
         */
        get: operations["getDownloadArchive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/probe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look at a link
         * @description What can be had: title, formats, subtitle languages, chapters; of a playlist or a channel's tab the entries, page by page, or those that a batch with the same `match` and `order` would take or skip: pages of these are short where little matches, and may be empty before the last one. Downloads nothing. What was found is kept for some minutes, for this owner's further probes and downloads. Needs the scope `downloads:write`.
         */
        post: operations["probe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List batches
         * @description The key's own batches, newest first, page by page. Needs the scope `downloads:read`.
         */
        get: operations["listBatches"];
        put?: never;
        /**
         * Start a batch
         * @description Accepts up to 1,000 links, or one playlist, channel or other list, and answers at once. Each link is checked before anything starts. A list is read by a worker, page by page; its jobs begin meanwhile, and are found by `GET /downloads?batchId=`. One that fails stops no other. A link that stands there twice is taken once. Needs the scope `downloads:write`.
         */
        post: operations["createBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/batches/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a batch
         * @description Its state, and how many of its jobs are in which. Needs the scope `downloads:read`.
         */
        get: operations["getBatch"];
        put?: never;
        post?: never;
        /**
         * Delete a batch
         * @description With its jobs and all their files; what runs is canceled. Needs the scope `downloads:write`.
         */
        delete: operations["deleteBatch"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/batches/{id}/skipped": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was skipped
         * @description Entries of the list of which no job was made, and why: private, deleted, or nothing that can be downloaded here. What `match` left out is not among them. Needs the scope `downloads:read`.
         */
        get: operations["listSkippedEntries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/batches/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a batch
         * @description No more of its list is read, and its jobs that have not ended are canceled. Needs no body. Needs the scope `downloads:write`.
         */
        post: operations["cancelBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/batches/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry a batch
         * @description Queues its failed jobs again, as far as the account has room. One whose list could not be read to its end is read on. Needs no body. Needs the scope `downloads:write`.
         */
        post: operations["retryBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/batches/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a batch
         * @description Server-sent events: `batch` (a `Batch`: first, at each change of its state, and at most once a second while its jobs go on) and `job` (a `DownloadJob`, at each change of one of its jobs). Send the last `id` in `Last-Event-ID` to get what was missed. A comment comes at least every 15 seconds. The stream ends after the `batch` event that says that it is over; a client that resumes after it gets 204, which stops an `EventSource`. Needs the scope `downloads:read`.
         */
        get: operations["followBatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/batches/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fetch all results as a ZIP
         * @description The files of all jobs that have succeeded by now, in one ZIP archive (ZIP64 where it is large), made while it is sent and without compression, in the order of the list. Names that occur twice are numbered. Its length is known, ranges of it cannot be had. Needs the scope `files:read`.
         */
        get: operations["getBatchArchive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List schedules
         * @description Those of this owner, newest first. Needs the scope `downloads:read`.
         */
        get: operations["listSchedules"];
        put?: never;
        /**
         * Create a schedule
         * @description A rule that makes downloads later, or again and again. A time in the past, a pattern that never comes and one that comes too often are refused. A run that was missed while the service was down is made once, when it is back. Needs the scope `downloads:write`.
         */
        post: operations["createSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a schedule
         * @description When it runs next, and what came of its latest run. Needs the scope `downloads:read`.
         */
        get: operations["getSchedule"];
        put?: never;
        post?: never;
        /**
         * Delete a schedule
         * @description It runs no more. The downloads that it made stay, with their files. Needs the scope `downloads:write`.
         */
        delete: operations["deleteSchedule"];
        options?: never;
        head?: never;
        /**
         * Change a schedule
         * @description Fields that are absent stay as they are; `runAt` and `cron` take each other's place. With another time it begins anew, also when it was `finished`; what the old one has missed is not made up for. Needs the scope `downloads:write`.
         */
        patch: operations["updateSchedule"];
        trace?: never;
    };
    "/api/v1/schedules/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a schedule
         * @description It does not run until it is resumed. What comes due meanwhile is not made up for. Needs the scope `downloads:write`.
         */
        post: operations["pauseSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a schedule
         * @description It goes on with its next time. Needs the scope `downloads:write`.
         */
        post: operations["resumeSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a schedule now
         * @description Whatever its state, and beside its own times, which stay as they are. `lastResult` of the answer says what it made. Needs the scope `downloads:write`.
         */
        post: operations["runSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}/feed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the link of a schedule's feed
         * @description A podcast player reads the results of the schedule at this link, without a key. Making another one replaces it: the old link, and those of the files that it named, open nothing any more. Needs the scope `downloads:write`.
         */
        post: operations["openScheduleFeed"];
        /**
         * End a schedule's feed
         * @description Its link, and those of the files that it named, open nothing any more. Needs the scope `downloads:write`.
         */
        delete: operations["closeScheduleFeed"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}/feed.xml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a schedule's feed
         * @description RSS 2.0 for podcast players: the newest hundred downloads, with an item for each audio and video file. The files open without a key for as long as this link does.
         */
        get: operations["getScheduleFeed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}/feed/{jobId}/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Fetch a file of a feed
         * @description What the feed names as the file of an item. It opens without a key until the feed's link is replaced or ended; `Range` and conditional requests are served as for any file.
         */
        get: operations["getScheduleFeedFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks
         * @description All of this owner, newest first; there are at most 25. Needs the scope `webhooks`.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Create a webhook
         * @description An address that is told of events, by signed messages as Standard Webhooks describes them. Without `events` it is told of the end of jobs. `egress.blocked` needs a key with the scope `admin`. The answer has the secret, once. Needs the scope `webhooks`.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the default secret
         * @description Signs messages to the `webhookUrl` of downloads. It is made by the first request for it, and stays the same until it is rotated. Needs the scope `webhooks`.
         */
        get: operations["getWebhookSecret"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a webhook
         * @description Whether it is enabled, and since when nothing could be delivered. Needs the scope `webhooks`.
         */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Delete a webhook
         * @description With its deliveries; what waits is not sent. Needs the scope `webhooks`.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /**
         * Change a webhook
         * @description Fields that are absent stay as they are. `enabled: true` brings one back that was disabled. One that is told of `egress.blocked` is changed with the scope `admin` alone. Needs the scope `webhooks`.
         */
        patch: operations["updateWebhook"];
        trace?: never;
    };
    "/api/v1/webhooks/secret/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the default secret
         * @description The new secret signs from now on; the one before it signs as well until the overlap is over. Another rotation in between ends the oldest at once. Needs the scope `webhooks`.
         */
        post: operations["rotateWebhookDefaultSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the secret of a webhook
         * @description The new secret signs from now on; the one before it signs as well until the overlap is over. Another rotation in between ends the oldest at once. Needs the scope `webhooks`.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of a webhook
         * @description Newest first, with their attempts. What receivers answered is not kept, save the status. Needs the scope `webhooks`.
         */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries to a download's own address
         * @description Those to the `webhookUrl` of its request, newest first; a webhook lists its own. Needs the scope `webhooks`.
         */
        get: operations["listDownloadDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test
         * @description A message of the type `webhook.test`, signed and retried like any other. Needs no body. Needs the scope `webhooks`.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/{id}/deliveries/{deliveryId}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a delivery again
         * @description The same message with the same id, and all its tries before it. Needs no body. Needs the scope `webhooks`.
         */
        post: operations["replayWebhookDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/downloads/{id}/deliveries/{deliveryId}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a delivery to a download's own address again
         * @description The same message with the same id, and all its tries before it. Needs no body. Needs the scope `webhooks`.
         */
        post: operations["replayDownloadDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List keys
         * @description Of every owner, newest first, page by page. Needs the scope `admin`.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Make a key
         * @description The answer holds the secret, this once. Needs the scope `admin`.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{owner}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an account
         * @description What an owner may use and has used. An owner that nobody limited, or that never was, has no limits. Needs the scope `admin`.
         */
        get: operations["getAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Limit an account
         * @description Limits count for what is asked from then on: what an owner has already stays. A limit below what is used lets nothing more in. Needs the scope `admin`.
         */
        patch: operations["updateAccount"];
        trace?: never;
    };
    "/api/v1/quota": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read your quota
         * @description What the key's owner may use and has used. Any key may ask.
         */
        get: operations["getQuota"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a key
         * @description Everything but its secret. A revoked key is not found. Needs the scope `admin`.
         */
        get: operations["getKey"];
        put?: never;
        post?: never;
        /**
         * Revoke a key
         * @description For good. Within a second it opens nothing any more, on every process: its streams and sockets are closed, and the links made with it end. The last key with `admin` cannot be revoked here. Needs the scope `admin`.
         */
        delete: operations["deleteKey"];
        options?: never;
        head?: never;
        /**
         * Change a key
         * @description What is absent stays. What was open by a scope that is taken away ends within a second; `allowedCidrs` and `allowedOrigins` hold for later requests. The last key with `admin` keeps it, and a key cannot shut itself out. Needs the scope `admin`.
         */
        patch: operations["updateKey"];
        trace?: never;
    };
    "/api/v1/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a key a new secret
         * @description The answer holds the new secret, this once. The one before keeps working for `overlapSeconds`, a day unless you say otherwise; a third one never does. Needs the scope `admin`.
         */
        post: operations["rotateKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count what ended
         * @description Counts, bytes and durations of the jobs that ended between two times, which are taken as whole hours in UTC: `from` back to the start of its hour, `to` on to the end of its hour. Without them the last 30 days, by hour the last two. A job is counted a few seconds after its end; deleting it changes nothing. Needs the scope `downloads:read`.
         */
        get: operations["getStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List every end of a job
         * @description Every job that ended, the latest first, as JSON page by page or as one CSV file. An entry outlives its job: it stays when results expire and when the job is deleted, then without link, title and labels. HISTORY_SECONDS limits how long. A job that failed, was retried by hand and then succeeded has two entries. In CSV, a text that a spreadsheet would take for a formula begins with an apostrophe. Needs the scope `downloads:read`.
         */
        get: operations["getHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who did what
         * @description What was done to keys, accounts, webhooks, jobs and workers, and by which key, newest first. Failed sign-ins are counted, not listed. Entries hold no secrets and are kept for AUDIT_SECONDS. Needs the scope `admin`.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the workers
         * @description Every worker process, the newest first, with what it runs. One that has ended is shown for ten minutes. Needs the scope `admin`.
         */
        get: operations["listWorkers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers/{id}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drain a worker
         * @description Asks the worker to end as on SIGTERM: within two seconds it takes no more jobs, lets the running ones finish for DRAIN_SECONDS, hands back the rest without using up an attempt, and ends. Whatever restarts workers starts a new one. Asking again changes nothing. A worker that shares its process with the API is not drained so. Needs the scope `admin` and no body.
         */
        post: operations["drainWorker"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/egresses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the egresses
         * @description The one that every service has, and those that were made, of which there are at most 200. Needs the scope `admin`.
         */
        get: operations["listEgresses"];
        put?: never;
        /**
         * Create an egress
         * @description A proxy, cookies, or both, through which sites are reached from now on; workers need no restart. Of several that are for a site each has its turn. Needs the scope `admin`.
         */
        post: operations["createEgress"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/egresses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an egress
         * @description Its state, why, and how much of its budget is used. Needs the scope `admin`.
         */
        get: operations["getEgress"];
        put?: never;
        post?: never;
        /**
         * Delete an egress
         * @description With its secrets; what runs through it goes on. Needs the scope `admin`.
         */
        delete: operations["deleteEgress"];
        options?: never;
        head?: never;
        /**
         * Change an egress
         * @description Fields that are absent stay as they are; the next use goes by it. Jobs that wait for an egress look again. Needs the scope `admin`.
         */
        patch: operations["updateEgress"];
        trace?: never;
    };
    "/api/v1/egresses/{id}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reset an egress
         * @description Forgets what sites and its proxy have refused, so that it is used again at once. Its budget stays as it is. Needs the scope `admin` and no body.
         */
        post: operations["resetEgress"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/engines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read which yt-dlp is used
         * @description Which version of yt-dlp attempts are run with, which one is on trial and how it does, and what was left. It is changed with `vidferry engine`. Needs the scope `admin`.
         */
        get: operations["getEngines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what is stored
         * @description How much all results take, and how long they are kept. How much room there is, `/health/detailed` says of each disk and `GET /workers` of each worker. Needs the scope `admin`.
         */
        get: operations["getStorage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the queue
         * @description How many jobs wait in each lane and for how long, what others wait for, and the dead letters: jobs that lost too many workers. Needs the scope `admin`.
         */
        get: operations["getQueue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/log-level": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set how much is logged
         * @description Every process of the service that hears it, API and workers, logs this much from now on, until it is told otherwise or ends; each says so in its log. The signal SIGUSR2 does the same for one process: `debug`, and with the next one back. Needs the scope `admin`.
         */
        put: operations["setLogLevel"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is it well?
         * @description The short answer, from the same checks as readiness.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/detailed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How is each part?
         * @description Checks everything for real: store, queue, storage (a write, a read, a delete), programs, disk. A result serves for a few seconds. While keys are on, a request without one gets names and statuses alone, at most a minute old.
         */
        get: operations["getDetailedHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Does the process answer?
         * @description Looks at nothing else; restart the process when this fails.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Should it get requests?
         * @description Refused while the service shuts down, or while something it cannot do without is missing.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the metrics
         * @description In the text format of Prometheus. Needs a key with the scope `admin`; a program on the same machine needs none, as long as nothing forwards its request. `METRICS_PORT` serves the same on a port of its own, without keys.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who am I?
         * @description Whose key the request or its session has, and what it may do.
         */
        get: operations["getSession"];
        put?: never;
        /**
         * Sign in a browser
         * @description Keeps the key in a cookie that no script can read and that counts for pages of the service alone; the dashboard does this. Programs send their key with each request.
         */
        post: operations["createSession"];
        /**
         * Sign out a browser
         * @description Removes the cookie; also where there is none. The key goes on working.
         */
        delete: operations["deleteSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who am I? (short form)
         * @description Whose key the request or its session has, and what it may do.
         */
        get: operations["getSessionShort"];
        put?: never;
        /**
         * Sign in a browser (short form)
         * @description Keeps the key in a cookie that no script can read and that counts for pages of the service alone; the dashboard does this. Programs send their key with each request.
         */
        post: operations["createSessionShort"];
        /**
         * Sign out a browser (short form)
         * @description Removes the cookie; also where there is none. The key goes on working.
         */
        delete: operations["deleteSessionShort"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    "job.succeeded": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job has succeeded
         * @description Sent to webhooks and to the `webhookUrl` of the job, signed as Standard Webhooks describes it.
         */
        post: operations["onJobSucceeded"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.failed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job has failed
         * @description Sent to webhooks and to the `webhookUrl` of the job, signed as Standard Webhooks describes it.
         */
        post: operations["onJobFailed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.canceled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job was cancelled
         * @description Sent to webhooks and to the `webhookUrl` of the job, signed as Standard Webhooks describes it.
         */
        post: operations["onJobCanceled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "batch.finished": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A batch is over, whatever its state
         * @description Sent to webhooks, signed as Standard Webhooks describes it.
         */
        post: operations["onBatchFinished"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "schedule.failed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A run of a schedule was refused
         * @description Sent to webhooks, signed as Standard Webhooks describes it.
         */
        post: operations["onScheduleFailed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "egress.blocked": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An egress is blocked
         * @description Sent to webhooks of owners with the scope `admin`, signed as Standard Webhooks describes it.
         */
        post: operations["onEgressBlocked"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "webhook.test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A test that was asked for
         * @description Sent to that webhook, signed like all of them.
         */
        post: operations["onWebhookTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /** @description What is known of the video. */
        Media: {
            /**
             * @description yt-dlp's name of the site, lower case, for example `youtube`.
             * @example youtube
             */
            extractor: string;
            /**
             * @description What the source names it by.
             * @example dQw4w9WgXcQ
             */
            id: string;
            /**
             * @description Its title; null: not known.
             * @example Never Gonna Give You Up
             */
            title: string;
            /**
             * @description Who published it; null: not known.
             * @example Rick Astley
             */
            channel: string | null;
            /**
             * @description How long it lasts, in seconds; null: not known.
             * @example 212.09
             */
            durationSeconds: number | null;
            /**
             * @description Its page at the source.
             * @example https://www.youtube.com/watch?v=dQw4w9WgXcQ
             */
            webpageUrl: string;
            /**
             * @description Its picture at the source; null: not known.
             * @example https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg
             */
            thumbnailUrl: string | null;
            /**
             * @description ISO 8601, as precise as the source says.
             * @example 2009-10-25
             */
            uploadedAt: string | null;
            /** @description Whether it is being broadcast. */
            isLive: boolean;
            /** @description Its chapters, in order; empty: it has none. */
            chapters: components["schemas"]["Chapter"][];
        };
        Chapter: {
            /**
             * @description Its title.
             * @example Chorus
             */
            title: string;
            /**
             * @description Where it begins, in seconds from the start of the video.
             * @example 30
             */
            startSeconds: number;
            /**
             * @description Where it ends, in seconds from the start of the video.
             * @example 90
             */
            endSeconds: number;
        };
        JobError: {
            /**
             * @description Stable, for programs to decide by; the guide to errors explains each.
             * @enum {string}
             */
            code: "invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error";
            /**
             * @description What happened this time, in a sentence.
             * @example The video is private.
             */
            detail: string;
            /**
             * @description What can be done about it; may be empty.
             * @example Ask its owner for access.
             */
            hint: string;
            /** @description Whether the same may succeed later. */
            retryable: boolean;
        };
        ProgressEvent: {
            /**
             * @description The job that it belongs to.
             * @example job_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            jobId: string;
            /**
             * @description The attempt, counted from 1; 0 before the first.
             * @example 1
             */
            attempt: number;
            /**
             * @description What its attempt does; null while none runs.
             * @enum {string|null}
             */
            stage: "resolving" | "downloading" | "processing" | "storing" | null;
            /** @description How far a job is; what is not known is null. */
            progress: components["schemas"]["Progress"];
        };
        /** @description How far a job is; what is not known is null. */
        Progress: {
            /**
             * @description 0 to 100 over all stages; never goes back within an attempt.
             * @example 42.5
             */
            percent: number | null;
            /**
             * @description Bytes that have come so far.
             * @example 10485760
             */
            downloadedBytes: number | null;
            /**
             * @description An estimate until everything is there.
             * @example 31457280
             */
            totalBytes: number | null;
            /**
             * @description How fast it comes at present; null: not known.
             * @example 5242880
             */
            bytesPerSecond: number | null;
            /**
             * @description Seconds until all of it is there, by the present speed; null: not known.
             * @example 12
             */
            etaSeconds: number | null;
            /**
             * @description How much of a live stream has been recorded; `percent` is null meanwhile. Absent for all others.
             * @example 300
             */
            recordedSeconds?: number;
        };
        SnapshotEvent: {
            /**
             * @description How many `job` events came before it.
             * @example 3
             */
            jobs: number;
            /** @description False when there are more running and waiting jobs than were told. */
            complete: boolean;
        };
        JobMessage: {
            /**
             * @description What it is.
             * @enum {string}
             */
            type: "job.succeeded" | "job.failed" | "job.canceled";
            /**
             * Format: date-time
             * @description When it happened.
             * @example 2026-11-26T10:00:00.000Z
             */
            timestamp: string;
            /** @description What it is about. */
            data: {
                /** @description One accepted request, what became of it, and the files it made. */
                job: components["schemas"]["DownloadJob"];
                /**
                 * @description Parts of the job that were left out or shortened, because it was too long: `GET /downloads/{id}` has them.
                 * @example [
                 *       "artifacts"
                 *     ]
                 */
                trimmed: string[];
            };
        };
        /** @description One accepted request, what became of it, and the files it made. */
        DownloadJob: {
            /**
             * @description Its identifier.
             * @example job_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /**
             * @description Where it is in its life.
             * @enum {string}
             */
            state: "scheduled" | "queued" | "paused" | "running" | "succeeded" | "failed" | "canceled";
            /**
             * @description What its attempt does; null while none runs.
             * @enum {string|null}
             */
            stage: "resolving" | "downloading" | "processing" | "storing" | null;
            /** @description How far a job is; what is not known is null. */
            progress: components["schemas"]["Progress"];
            /** @description A request as it was accepted, with its defaults filled in. */
            request: components["schemas"]["AcceptedRequest"];
            /** @description What is known of the video; null before it was looked at. */
            media: components["schemas"]["Media"] | null;
            /** @description The files it made; none before it has succeeded, and none any more when they have expired. */
            artifacts: components["schemas"]["Artifact"][];
            /**
             * @description The attempt, counted from 1; 0 before the first.
             * @example 1
             */
            attempt: number;
            /**
             * @description After how many attempts it fails for good.
             * @example 3
             */
            maxAttempts: number;
            /**
             * Format: date-time
             * @description When it is tried again; null: it is not waiting for that.
             * @example 2026-11-26T10:00:00.000Z
             */
            nextAttemptAt: string | null;
            /** @description Why it failed, or why its last attempt did; null: it did not. */
            error: components["schemas"]["JobError"] | null;
            /** @description What is worth knowing of its result, although it succeeded. */
            warnings: components["schemas"]["Warning"][];
            /**
             * @description Which of the waiting jobs go first.
             * @enum {string}
             */
            priority: "high" | "normal" | "low";
            /**
             * @description Labels of the client's own: up to 20 names with a value, to find it by.
             * @example {
             *       "project": "demo"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * @description The batch that it is a child of.
             * @example bat_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            batchId: string | null;
            /**
             * @description The schedule that made it, itself or by a batch.
             * @example sch_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            scheduleId: string | null;
            /**
             * @description The job whose files are its results; null: it made them itself.
             * @example job_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            reusedFrom: string | null;
            /** @description Why it does not run yet; null while nothing holds it up but other jobs. */
            waitingFor: {
                /**
                 * @description `reuse`: the result of another job that makes the same; `live`: the recording of a live stream; `egress`: a source that limits this address; `quota`: the account runs as many jobs as it may; `fair_share`: other owners' jobs wait too, and each owner has its turn.
                 * @enum {string}
                 */
                reason: "egress" | "retry" | "schedule" | "live" | "quota" | "fair_share" | "reuse";
                /**
                 * Format: date-time
                 * @description Until when; null: nobody knows.
                 * @example 2026-11-26T10:00:00.000Z
                 */
                until: string | null;
                /**
                 * @description What happened this time, in a sentence.
                 * @example The video is private.
                 */
                detail: string;
            } | null;
            /** @description The programs that made the result, with their versions; null before the first attempt. */
            engine: {
                /**
                 * @description The version of yt-dlp; null: not known.
                 * @example 2026.11.12
                 */
                ytDlp: string | null;
                /**
                 * @description The version of FFmpeg; null: not known.
                 * @example 7.1.1
                 */
                ffmpeg: string | null;
            } | null;
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-26T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it may run; null: at once.
             * @example 2026-11-26T10:00:00.000Z
             */
            scheduledFor: string | null;
            /**
             * Format: date-time
             * @description When it began; null: it has not.
             * @example 2026-11-26T10:00:00.000Z
             */
            startedAt: string | null;
            /**
             * Format: date-time
             * @description When it ended; null: it has not.
             * @example 2026-11-26T10:00:00.000Z
             */
            finishedAt: string | null;
            /**
             * Format: date-time
             * @description When it ends by itself; null: never.
             * @example 2026-11-26T10:00:00.000Z
             */
            expiresAt: string | null;
            /**
             * Format: date-time
             * @description Only in the last event of a job: it was deleted then, and its files with it.
             * @example 2026-11-26T10:00:00.000Z
             */
            deletedAt?: string;
        };
        /** @description What to download. Only `url` is needed. */
        DownloadRequest: {
            /**
             * @description The link.
             * @example https://www.youtube.com/watch?v=dQw4w9WgXcQ
             */
            url: string;
            /** @description What the result should be: a video, its sound, or a transcript. */
            output?: components["schemas"]["VideoOutput"] | components["schemas"]["AudioOutput"] | components["schemas"]["TranscriptOutput"];
            /** @description Which subtitles to fetch, and as what files. */
            subtitles?: components["schemas"]["Subtitles"];
            /** @description The part to keep; of a list of parts, which may not overlap, each becomes a file of its own. */
            clip?: components["schemas"]["Clip"] | components["schemas"]["Clip"][];
            /**
             * @description `split` makes a file of each chapter, as far as it lies in the clip and is not cut out.
             * @default keep
             * @enum {string}
             */
            chapters: "keep" | "split" | "drop";
            /** @description Segments that SponsorBlock knows: a list of those to cut out, or what to cut out and what to mark. */
            sponsorBlock?: ("sponsor" | "selfpromo" | "interaction" | "intro" | "outro" | "preview" | "music_offtopic" | "filler")[] | components["schemas"]["SponsorBlock"];
            /**
             * @description Cut clips, chapters and segments exactly, by re-encoding; otherwise at the nearest key frame.
             * @default false
             */
            exactCuts: boolean;
            /**
             * @description Whether to fetch the thumbnail, as a file or inside the result.
             * @default none
             * @enum {string}
             */
            thumbnail: "none" | "file" | "embed";
            /**
             * @description Of `thumbnail: file`; default: `jpg`.
             * @enum {string}
             */
            thumbnailFormat?: "jpg" | "png" | "webp";
            /**
             * @description What of the video's description to keep.
             * @default {
             *       "embed": false,
             *       "infoJson": false
             *     }
             */
            metadata: {
                /**
                 * @description Write title, channel and date into the file.
                 * @default false
                 */
                embed: boolean;
                /**
                 * @description Keep what is known of the video as a JSON file.
                 * @default false
                 */
                infoJson: boolean;
                /** @description Also as an NFO file, which Kodi, Jellyfin and other media servers read; default: false. */
                nfo?: boolean;
            };
            /** @description How a link is recorded that leads to a live stream, where the operator allows it. Any other link is downloaded as ever. */
            live?: {
                /**
                 * @description Begin with the oldest that the source still has, and not with what is on air now.
                 * @default false
                 */
                fromStart: boolean;
                /**
                 * @description Ends the recording; default: the operator's limit.
                 * @example 7200
                 */
                maxSeconds?: number;
            };
            /**
             * @description How the files are named, without extensions, for example `{channel}/{uploadDate} {title} [{id}]`; `/` separates folders. Fields: `{title}` (title of the video), `{id}` (its id on the site), `{channel}` (channel or uploader), `{extractor}` (name of the site, such as `youtube`), `{uploadDate}` (date of publication, `2026-03-01`), `{uploadYear}` (its year), `{uploadMonth}` (its month, `03`), `{duration}` (length in whole seconds), `{chapter}` (title of the chapter, of a video that is split), `{chapterNumber}` (its number, or that of one of several clips, `001`). Default: the title.
             * @example Rick Astley - Never Gonna Give You Up.mp4
             */
            fileName?: string;
            /**
             * @description Which of the waiting jobs go first.
             * @default normal
             * @enum {string}
             */
            priority: "high" | "normal" | "low";
            /**
             * Format: date-time
             * @description Start at this time, not before.
             * @example 2026-11-26T10:00:00.000Z
             */
            scheduledFor?: string;
            /**
             * @description Tries before the job fails; default: the operator's.
             * @example 3
             */
            maxAttempts?: number;
            /**
             * @description Labels of the client's own: up to 20 names with a value, to find it by.
             * @default {}
             * @example {
             *       "project": "demo"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * @description `auto`, the default: the files of an earlier job for the same result are taken where they are still kept, and one that is being made is waited for. `never` makes it anew.
             * @enum {string}
             */
            reuse?: "auto" | "never";
            /**
             * @description Name of the egress, or of the pool of egresses, that it goes through. Absent: any that is for the site.
             * @example home
             */
            egress?: string;
            /**
             * Format: uri
             * @description Told of the end of this job besides the owner's webhooks; signed with the secret of `GET /webhooks/secret`.
             * @example https://app.example/hooks/vidferry
             */
            webhookUrl?: string;
        };
        VideoOutput: {
            /**
             * @description What it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "video";
            /**
             * @description At most this high; the nearest that exists is taken.
             * @default 1080p
             * @enum {string}
             */
            quality: "best" | "4320p" | "2160p" | "1440p" | "1080p" | "720p" | "480p" | "360p" | "240p" | "144p" | "worst";
            /**
             * @description The kind of file.
             * @default mp4
             * @enum {string}
             */
            container: "mp4" | "mkv" | "webm";
            /**
             * @description `any` takes what plays most widely in the container.
             * @default any
             * @enum {string}
             */
            codec: "any" | "h264" | "vp9" | "av1";
            /**
             * @description Frames a second, at most.
             * @example 30
             */
            maxFps?: number;
            /**
             * @description Take high dynamic range where there is one.
             * @default false
             */
            hdr: boolean;
            /**
             * @description Of several sound tracks: `original` (the default), a language, or `all` as tracks of the file, the original first. What is missing is a warning, and the original is taken.
             * @example en
             */
            audioLanguage?: string;
            /** @description What the source's machines made of the video, where there is such: `upscaled` also allows pictures that were enlarged, `drc` prefers sound of compressed dynamics. Without a wish both are taken only where there is nothing else. */
            variants?: ("upscaled" | "drc")[];
        };
        AudioOutput: {
            /**
             * @description What it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "audio";
            /**
             * @description `best` keeps the source's own audio without re-encoding.
             * @default best
             * @enum {string}
             */
            format: "best" | "mp3" | "m4a" | "opus" | "flac" | "wav";
            /**
             * @description For mp3, m4a and opus; default: 192 for mp3, else the source's.
             * @example 192
             */
            bitrateKbps?: number;
            /**
             * @description For mp3: a variable bit rate, from 0 (best, as `V0`) to 9, in place of `bitrateKbps`.
             * @example 2
             */
            vbrQuality?: number;
            /**
             * @description `source`, the default, keeps them; `mono` and `stereo` mix them.
             * @enum {string}
             */
            channels?: "source" | "mono" | "stereo";
            /**
             * @description Samples a second; default: the source's. mp3 has at most 48000, m4a at most 96000, opus 8000, 12000, 16000, 24000 or 48000.
             * @example 48000
             */
            sampleRateHz?: number;
            /**
             * @description Bring the loudness to -16 LUFS (EBU R128).
             * @default false
             */
            normalize: boolean;
            /**
             * @description Of several sound tracks: `original` (the default) or a language. What is missing is a warning, and the original is taken.
             * @example en
             */
            audioLanguage?: string;
            /** @description `drc` prefers sound whose dynamics the source has compressed, where there is such. */
            variants?: "drc"[];
        };
        /** @description Subtitles and their text only; no media is fetched. */
        TranscriptOutput: {
            /**
             * @description What it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "transcript";
        };
        /** @description Which subtitles to fetch, and as what files. */
        Subtitles: {
            /**
             * @description Languages, also as patterns (`de-*`); `original` is the language spoken in the video.
             * @default [
             *       "original"
             *     ]
             * @example [
             *       "en",
             *       "de"
             *     ]
             */
            languages: string[];
            /**
             * @description Take automatic captions where there are no written ones.
             * @default true
             */
            automatic: boolean;
            /**
             * @description Machine translations into these languages.
             * @default []
             * @example [
             *       "de"
             *     ]
             */
            translateTo: string[];
            /**
             * @description Who translates: the source (default), or the operator's LibreTranslate server, which can translate every track.
             * @enum {string}
             */
            translator?: "source" | "libretranslate";
            /**
             * @description `txt` is running text; `md` has paragraphs whose times link into the video; `json` has segments, and words where the source times them, in seconds.
             * @default [
             *       "srt"
             *     ]
             */
            formats: ("srt" | "vtt" | "txt" | "json" | "md")[];
            /**
             * @description Have the speech recognised by the operator's speech-to-text server: `missing` when none of these captions can be had, `always` besides them.
             * @default never
             * @enum {string}
             */
            transcribe: "never" | "missing" | "always";
            /**
             * @description Also put them into the video file.
             * @default false
             */
            embed: boolean;
            /** @description Draw them into the picture, which is encoded anew: those of this language, or with `true` those of the first language that there is. */
            burnIn?: boolean | string;
        };
        Clip: {
            /**
             * @description Where it begins, in seconds from the start of the video.
             * @default 0
             * @example 30
             */
            startSeconds: number;
            /**
             * @description Where it ends; the end of the video by default.
             * @example 90
             */
            endSeconds?: number;
            /**
             * @description Cut exactly there by re-encoding; otherwise at the nearest key frame.
             * @default false
             */
            exact: boolean;
        };
        SponsorBlock: {
            /**
             * @description Segments to cut out.
             * @default []
             */
            remove: ("sponsor" | "selfpromo" | "interaction" | "intro" | "outro" | "preview" | "music_offtopic" | "filler")[];
            /**
             * @description Segments to name as chapters; those that are removed are not marked.
             * @default []
             */
            mark: ("sponsor" | "selfpromo" | "interaction" | "intro" | "outro" | "preview" | "music_offtopic" | "filler")[];
        };
        Artifact: {
            /**
             * @description Its identifier.
             * @example art_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /**
             * @description What it is.
             * @enum {string}
             */
            kind: "video" | "audio" | "subtitle" | "transcript" | "thumbnail" | "info";
            /**
             * @description The name to save it under: the real title, or that of the template `fileName` with its folders (`/`), made safe.
             * @example Rick Astley - Never Gonna Give You Up.mp4
             */
            fileName: string;
            /**
             * @description Its media type.
             * @example video/mp4
             */
            contentType: string;
            /**
             * @description Its size in bytes.
             * @example 31457280
             */
            bytes: number;
            /**
             * @description Hex digest of the whole file.
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            sha256: string;
            /**
             * @description As a BCP 47 tag; null: none, or not known.
             * @example en
             */
            language: string | null;
            /** @description For subtitles: made by a machine. */
            automatic: boolean | null;
            /**
             * @description Columns of its pictures; null: none, or not known.
             * @example 1920
             */
            width: number | null;
            /**
             * @description Lines of its pictures; null: none, or not known.
             * @example 1080
             */
            height: number | null;
            /**
             * @description Pictures a second; null: none, or not known.
             * @example 25
             */
            fps: number | null;
            /**
             * @description As FFmpeg names it; null: no pictures, or not known.
             * @example h264
             */
            videoCodec: string | null;
            /**
             * @description As FFmpeg names it; null: no sound, or not known.
             * @example aac
             */
            audioCodec: string | null;
            /**
             * @description How long it lasts, in seconds; null: not known.
             * @example 212.09
             */
            durationSeconds: number | null;
            /**
             * @description Where the bytes are: an address under PUBLIC_URL, or a path of the service where that is not set.
             * @example /api/v1/downloads/job_0199f3a2c4d87b1e9a5d6c3f20417e88/files/art_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            url: string;
        };
        Warning: {
            /**
             * @description What it is, for programs.
             * @example quality_below_request
             */
            code: string;
            /**
             * @description What it is, in a sentence.
             * @example The source offers at most 720p.
             */
            detail: string;
        };
        BatchMessage: {
            /**
             * @description What it is.
             * @enum {string}
             */
            type: "batch.finished";
            /**
             * Format: date-time
             * @description When it happened.
             * @example 2026-11-26T10:00:00.000Z
             */
            timestamp: string;
            /** @description What it is about. */
            data: {
                /** @description Several downloads that belong together. */
                batch: components["schemas"]["Batch"];
                /**
                 * @description `labels` and `texts` when they were left out or shortened, because it was too long.
                 * @example [
                 *       "artifacts"
                 *     ]
                 */
                trimmed: string[];
            };
        };
        /** @description Several downloads that belong together. */
        Batch: {
            /**
             * @description Its identifier.
             * @example bat_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /** @description `expanding`: its jobs are being made; `running`: all are made, and not all have ended; `finished`: every job has ended, whatever became of it; `failed`: the list could not be read to its end. */
            state: components["schemas"]["BatchState"];
            /**
             * @description Of the list, once it has been read; null of a list of links.
             * @example Never Gonna Give You Up
             */
            title: string | null;
            /** @description null: it is of links. */
            source: {
                /**
                 * @description A playlist, a channel, one of its tabs, or any other list.
                 * @example https://www.youtube.com/playlist?list=PL590L5WQmH8fJ54F369BLDSqIwcs-TCfs
                 */
                url: string;
                /**
                 * @description At most so many videos. A list of more than 5000 needs it.
                 * @example 100
                 */
                limit?: number;
                /**
                 * @description `reverse` begins with the last of the list, for which all of it is read first.
                 * @default source
                 * @enum {string}
                 */
                order: "source" | "reverse";
                /** @description All of it must hold. What a list does not tell of a video does not hold. */
                match?: components["schemas"]["BatchMatch"];
            } | null;
            /** @description What is asked for of each video. */
            request: components["schemas"]["DownloadTemplate"];
            /**
             * @description Labels of the client's own: up to 20 names with a value, to find it by.
             * @example {
             *       "project": "demo"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * @description The schedule that made it.
             * @example sch_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            scheduleId: string | null;
            /** @description How many jobs of the batch are in each state. */
            counts: components["schemas"]["BatchCounts"];
            /** @description How far the jobs of a batch are, all together. */
            progress: components["schemas"]["BatchProgress"];
            /** @description Why its list could not be read to the end; while it is `expanding`, why the last try failed. */
            error: {
                /**
                 * @description Stable, for programs to decide by; the guide to errors explains each.
                 * @enum {string}
                 */
                code: "invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error";
                /**
                 * @description What happened this time, in a sentence.
                 * @example The video is private.
                 */
                detail: string;
                /**
                 * @description What can be done about it; may be empty.
                 * @example Ask its owner for access.
                 */
                hint: string;
                /** @description Whether the same may succeed later. */
                retryable: boolean;
            } | null;
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-26T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it ended; null: it has not.
             * @example 2026-11-26T10:00:00.000Z
             */
            finishedAt: string | null;
            /**
             * Format: date-time
             * @description Only in the last event of a batch: it was deleted then, with its jobs.
             * @example 2026-11-26T10:00:00.000Z
             */
            deletedAt?: string;
        };
        /**
         * @description `expanding`: its jobs are being made; `running`: all are made, and not all have ended; `finished`: every job has ended, whatever became of it; `failed`: the list could not be read to its end.
         * @enum {string}
         */
        BatchState: "expanding" | "running" | "finished" | "failed" | "canceled";
        /** @description All of it must hold. What a list does not tell of a video does not hold. */
        BatchMatch: {
            /**
             * @description Only titles with this text in any case, or that the regular expression between slashes matches: `/^part [0-9]+/i`, in the syntax of RE2.
             * @example Never Gonna Give You Up
             */
            title?: string;
            /**
             * @description Only videos of at least this length.
             * @example 60
             */
            minDurationSeconds?: number;
            /**
             * @description Only videos of at most this length.
             * @example 3600
             */
            maxDurationSeconds?: number;
            /**
             * Format: date
             * @description Only videos that were published on this day or later; lists tell it approximately.
             * @example 2026-01-01
             */
            after?: string;
            /**
             * Format: date
             * @description Only videos that were published before this day.
             * @example 2026-12-31
             */
            before?: string;
        };
        /** @description What is asked for of each video. */
        DownloadTemplate: {
            /** @description What the result should be: a video, its sound, or a transcript. */
            output?: components["schemas"]["VideoOutput"] | components["schemas"]["AudioOutput"] | components["schemas"]["TranscriptOutput"];
            /** @description Which subtitles to fetch, and as what files. */
            subtitles?: components["schemas"]["Subtitles"];
            /** @description The part to keep; of a list of parts, which may not overlap, each becomes a file of its own. */
            clip?: components["schemas"]["Clip"] | components["schemas"]["Clip"][];
            /**
             * @description `split` makes a file of each chapter, as far as it lies in the clip and is not cut out.
             * @default keep
             * @enum {string}
             */
            chapters: "keep" | "split" | "drop";
            /** @description Segments that SponsorBlock knows: a list of those to cut out, or what to cut out and what to mark. */
            sponsorBlock?: ("sponsor" | "selfpromo" | "interaction" | "intro" | "outro" | "preview" | "music_offtopic" | "filler")[] | components["schemas"]["SponsorBlock"];
            /**
             * @description Cut clips, chapters and segments exactly, by re-encoding; otherwise at the nearest key frame.
             * @default false
             */
            exactCuts: boolean;
            /**
             * @description Whether to fetch the thumbnail, as a file or inside the result.
             * @default none
             * @enum {string}
             */
            thumbnail: "none" | "file" | "embed";
            /**
             * @description Of `thumbnail: file`; default: `jpg`.
             * @enum {string}
             */
            thumbnailFormat?: "jpg" | "png" | "webp";
            /**
             * @description What of the video's description to keep.
             * @default {
             *       "embed": false,
             *       "infoJson": false
             *     }
             */
            metadata: {
                /**
                 * @description Write title, channel and date into the file.
                 * @default false
                 */
                embed: boolean;
                /**
                 * @description Keep what is known of the video as a JSON file.
                 * @default false
                 */
                infoJson: boolean;
                /** @description Also as an NFO file, which Kodi, Jellyfin and other media servers read; default: false. */
                nfo?: boolean;
            };
            /** @description How a link is recorded that leads to a live stream, where the operator allows it. Any other link is downloaded as ever. */
            live?: {
                /**
                 * @description Begin with the oldest that the source still has, and not with what is on air now.
                 * @default false
                 */
                fromStart: boolean;
                /**
                 * @description Ends the recording; default: the operator's limit.
                 * @example 7200
                 */
                maxSeconds?: number;
            };
            /**
             * @description How the files are named, without extensions, for example `{channel}/{uploadDate} {title} [{id}]`; `/` separates folders. Fields: `{title}` (title of the video), `{id}` (its id on the site), `{channel}` (channel or uploader), `{extractor}` (name of the site, such as `youtube`), `{uploadDate}` (date of publication, `2026-03-01`), `{uploadYear}` (its year), `{uploadMonth}` (its month, `03`), `{duration}` (length in whole seconds), `{chapter}` (title of the chapter, of a video that is split), `{chapterNumber}` (its number, or that of one of several clips, `001`). Default: the title.
             * @example Rick Astley - Never Gonna Give You Up.mp4
             */
            fileName?: string;
            /**
             * @description Which of the waiting jobs go first.
             * @default normal
             * @enum {string}
             */
            priority: "high" | "normal" | "low";
            /**
             * Format: date-time
             * @description Start at this time, not before.
             * @example 2026-11-26T10:00:00.000Z
             */
            scheduledFor?: string;
            /**
             * @description Tries before the job fails; default: the operator's.
             * @example 3
             */
            maxAttempts?: number;
            /**
             * @description Labels of the client's own: up to 20 names with a value, to find it by.
             * @default {}
             * @example {
             *       "project": "demo"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * @description `auto`, the default: the files of an earlier job for the same result are taken where they are still kept, and one that is being made is waited for. `never` makes it anew.
             * @enum {string}
             */
            reuse?: "auto" | "never";
            /**
             * @description Name of the egress, or of the pool of egresses, that it goes through. Absent: any that is for the site.
             * @example home
             */
            egress?: string;
            /**
             * Format: uri
             * @description Told of the end of this job besides the owner's webhooks; signed with the secret of `GET /webhooks/secret`.
             * @example https://app.example/hooks/vidferry
             */
            webhookUrl?: string;
        };
        /** @description How many jobs of the batch are in each state. */
        BatchCounts: {
            /**
             * @description Its jobs, those that are still to be made as far as they are known, and what was skipped.
             * @example 40
             */
            total: number;
            /**
             * @description How many wait for a time of their own.
             * @example 0
             */
            scheduled: number;
            /**
             * @description How many wait for a worker.
             * @example 4
             */
            queued: number;
            /**
             * @description How many are paused.
             * @example 0
             */
            paused: number;
            /**
             * @description How many run.
             * @example 2
             */
            running: number;
            /**
             * @description How many succeeded.
             * @example 30
             */
            succeeded: number;
            /**
             * @description How many failed.
             * @example 1
             */
            failed: number;
            /**
             * @description How many were cancelled.
             * @example 0
             */
            canceled: number;
            /**
             * @description Entries of the list that no job was made of; GET /batches/{id}/skipped says why.
             * @example 2
             */
            skipped: number;
        };
        /** @description How far the jobs of a batch are, all together. */
        BatchProgress: {
            /**
             * @description Over all jobs, 0 to 100; null before there are any.
             * @example 42.5
             */
            percent: number | null;
            /**
             * @description Bytes that have come so far.
             * @example 10485760
             */
            downloadedBytes: number;
        };
        ScheduleMessage: {
            /**
             * @description What it is.
             * @enum {string}
             */
            type: "schedule.failed";
            /**
             * Format: date-time
             * @description When it happened.
             * @example 2026-11-26T10:00:00.000Z
             */
            timestamp: string;
            /** @description What it is about. */
            data: {
                /** @description The schedule, as reading it shows it. */
                schedule: {
                    /**
                     * @description Its identifier.
                     * @example sch_0199f3a2c4d87b1e9a5d6c3f20417e88
                     */
                    id: string;
                    /**
                     * @description Its name, for people.
                     * @example Morning news
                     */
                    name: string;
                    /**
                     * @description `finished`: it has no time left to run at.
                     * @enum {string}
                     */
                    state: "active" | "paused" | "finished";
                    /**
                     * Format: date-time
                     * @description When it runs, once; null: by `cron`.
                     * @example 2026-11-26T10:00:00.000Z
                     */
                    runAt: string | null;
                    /**
                     * @description When it runs: minute, hour, day of the month, month, day of the week; null: once.
                     * @example 0 7 * * 1-5
                     */
                    cron: string | null;
                    /**
                     * @description The time zone of `cron`, as the IANA names it.
                     * @example Europe/Berlin
                     */
                    timeZone: string;
                    /** @description What each run downloads; null: it makes a batch. */
                    download?: components["schemas"]["DownloadRequest"] | null;
                    /** @description The batch that each run makes; null: it makes a download. */
                    batch?: components["schemas"]["BatchRequest"] | null;
                    /** @description Its batches take of their list only what the schedule has not taken before. */
                    onlyNew: boolean;
                    /**
                     * Format: date-time
                     * @description Null unless it is active.
                     * @example 2026-11-27T07:00:00.000Z
                     */
                    nextRunAt: string | null;
                    /**
                     * Format: date-time
                     * @description When it ran last; null: never.
                     * @example 2026-11-26T10:00:00.000Z
                     */
                    lastRunAt: string | null;
                    /** @description What the latest run came to. */
                    lastResult: {
                        /**
                         * @description The download that it made.
                         * @example job_0199f3a2c4d87b1e9a5d6c3f20417e88
                         */
                        jobId: string | null;
                        /**
                         * @description The batch that it made.
                         * @example bat_0199f3a2c4d87b1e9a5d6c3f20417e88
                         */
                        batchId: string | null;
                        /**
                         * @description How many downloads it made; null while its list is read.
                         * @example 3
                         */
                        new: number | null;
                        /** @description Why nothing was made, or why its list could not be read to the end. */
                        error: {
                            /**
                             * @description Stable, for programs to decide by; the guide to errors explains each.
                             * @enum {string}
                             */
                            code: "invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error";
                            /**
                             * @description What happened this time, in a sentence.
                             * @example The video is private.
                             */
                            detail: string;
                            /**
                             * @description What can be done about it; may be empty.
                             * @example Ask its owner for access.
                             */
                            hint: string;
                            /** @description Whether the same may succeed later. */
                            retryable: boolean;
                        } | null;
                    } | null;
                    /**
                     * @description Its next times, up to 5; none unless it is active.
                     * @example [
                     *       "2026-11-27T07:00:00.000Z"
                     *     ]
                     */
                    upcoming: string[];
                    /** @description Since when its feed can be read with the token of today; null: it has none. */
                    feed: {
                        /**
                         * Format: date-time
                         * @description When it was made.
                         * @example 2026-11-26T10:00:00.000Z
                         */
                        createdAt: string;
                    } | null;
                    /**
                     * Format: date-time
                     * @description When it was made.
                     * @example 2026-11-26T10:00:00.000Z
                     */
                    createdAt: string;
                    /**
                     * Format: date-time
                     * @description When it was changed last.
                     * @example 2026-11-26T10:00:00.000Z
                     */
                    updatedAt: string;
                };
                /**
                 * @description `download` and `batch` when they were left out, because it was too long.
                 * @example [
                 *       "artifacts"
                 *     ]
                 */
                trimmed: string[];
            };
        };
        /** @description What to make a batch of. */
        BatchRequest: {
            /**
             * @description Links of videos.
             * @example [
             *       "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
             *     ]
             */
            urls?: string[];
            /** @description A playlist, a channel, or another list. */
            source?: components["schemas"]["BatchSource"];
            /**
             * @description What is asked for of each video.
             * @default {}
             */
            request: {
                /** @description What the result should be: a video, its sound, or a transcript. */
                output?: components["schemas"]["VideoOutput"] | components["schemas"]["AudioOutput"] | components["schemas"]["TranscriptOutput"];
                /** @description Which subtitles to fetch, and as what files. */
                subtitles?: components["schemas"]["Subtitles"];
                /** @description The part to keep; of a list of parts, which may not overlap, each becomes a file of its own. */
                clip?: components["schemas"]["Clip"] | components["schemas"]["Clip"][];
                /**
                 * @description `split` makes a file of each chapter, as far as it lies in the clip and is not cut out.
                 * @default keep
                 * @enum {string}
                 */
                chapters: "keep" | "split" | "drop";
                /** @description Segments that SponsorBlock knows: a list of those to cut out, or what to cut out and what to mark. */
                sponsorBlock?: ("sponsor" | "selfpromo" | "interaction" | "intro" | "outro" | "preview" | "music_offtopic" | "filler")[] | components["schemas"]["SponsorBlock"];
                /**
                 * @description Cut clips, chapters and segments exactly, by re-encoding; otherwise at the nearest key frame.
                 * @default false
                 */
                exactCuts: boolean;
                /**
                 * @description Whether to fetch the thumbnail, as a file or inside the result.
                 * @default none
                 * @enum {string}
                 */
                thumbnail: "none" | "file" | "embed";
                /**
                 * @description Of `thumbnail: file`; default: `jpg`.
                 * @enum {string}
                 */
                thumbnailFormat?: "jpg" | "png" | "webp";
                /**
                 * @description What of the video's description to keep.
                 * @default {
                 *       "embed": false,
                 *       "infoJson": false
                 *     }
                 */
                metadata: {
                    /**
                     * @description Write title, channel and date into the file.
                     * @default false
                     */
                    embed: boolean;
                    /**
                     * @description Keep what is known of the video as a JSON file.
                     * @default false
                     */
                    infoJson: boolean;
                    /** @description Also as an NFO file, which Kodi, Jellyfin and other media servers read; default: false. */
                    nfo?: boolean;
                };
                /** @description How a link is recorded that leads to a live stream, where the operator allows it. Any other link is downloaded as ever. */
                live?: {
                    /**
                     * @description Begin with the oldest that the source still has, and not with what is on air now.
                     * @default false
                     */
                    fromStart: boolean;
                    /**
                     * @description Ends the recording; default: the operator's limit.
                     * @example 7200
                     */
                    maxSeconds?: number;
                };
                /**
                 * @description How the files are named, without extensions, for example `{channel}/{uploadDate} {title} [{id}]`; `/` separates folders. Fields: `{title}` (title of the video), `{id}` (its id on the site), `{channel}` (channel or uploader), `{extractor}` (name of the site, such as `youtube`), `{uploadDate}` (date of publication, `2026-03-01`), `{uploadYear}` (its year), `{uploadMonth}` (its month, `03`), `{duration}` (length in whole seconds), `{chapter}` (title of the chapter, of a video that is split), `{chapterNumber}` (its number, or that of one of several clips, `001`). Default: the title.
                 * @example Rick Astley - Never Gonna Give You Up.mp4
                 */
                fileName?: string;
                /**
                 * @description Which of the waiting jobs go first.
                 * @default normal
                 * @enum {string}
                 */
                priority: "high" | "normal" | "low";
                /**
                 * Format: date-time
                 * @description Start at this time, not before.
                 * @example 2026-11-26T10:00:00.000Z
                 */
                scheduledFor?: string;
                /**
                 * @description Tries before the job fails; default: the operator's.
                 * @example 3
                 */
                maxAttempts?: number;
                /**
                 * @description Labels of the client's own: up to 20 names with a value, to find it by.
                 * @default {}
                 * @example {
                 *       "project": "demo"
                 *     }
                 */
                labels: {
                    [key: string]: string;
                };
                /**
                 * @description `auto`, the default: the files of an earlier job for the same result are taken where they are still kept, and one that is being made is waited for. `never` makes it anew.
                 * @enum {string}
                 */
                reuse?: "auto" | "never";
                /**
                 * @description Name of the egress, or of the pool of egresses, that it goes through. Absent: any that is for the site.
                 * @example home
                 */
                egress?: string;
                /**
                 * Format: uri
                 * @description Told of the end of this job besides the owner's webhooks; signed with the secret of `GET /webhooks/secret`.
                 * @example https://app.example/hooks/vidferry
                 */
                webhookUrl?: string;
            };
            /**
             * @description Of the batch, and of each of its jobs.
             * @default {}
             * @example {
             *       "project": "demo"
             *     }
             */
            labels: {
                [key: string]: string;
            };
        } & (unknown | unknown);
        /** @description A playlist, a channel, or another list. */
        BatchSource: {
            /**
             * @description A playlist, a channel, one of its tabs, or any other list.
             * @example https://www.youtube.com/playlist?list=PL590L5WQmH8fJ54F369BLDSqIwcs-TCfs
             */
            url: string;
            /**
             * @description At most so many videos. A list of more than 5000 needs it.
             * @example 100
             */
            limit?: number;
            /**
             * @description `reverse` begins with the last of the list, for which all of it is read first.
             * @default source
             * @enum {string}
             */
            order: "source" | "reverse";
            /** @description All of it must hold. What a list does not tell of a video does not hold. */
            match?: components["schemas"]["BatchMatch"];
        };
        EgressMessage: {
            /**
             * @description What it is.
             * @enum {string}
             */
            type: "egress.blocked";
            /**
             * Format: date-time
             * @description When it happened.
             * @example 2026-11-26T10:00:00.000Z
             */
            timestamp: string;
            /** @description What it is about. */
            data: {
                /** @description A proxy or cookies through which sites are reached. */
                egress: components["schemas"]["Egress"];
            };
        };
        /** @description A proxy or cookies through which sites are reached. */
        Egress: {
            /**
             * @description Its identifier.
             * @example egr_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /**
             * @description Its name, which jobs ask for it by.
             * @example home
             */
            name: string;
            /**
             * @description The pool that it belongs to, for jobs that name one; null: none.
             * @example residential
             */
            pool: string | null;
            /** @description It is the one that every service has: the machine's address, or PROXY_URL, and COOKIES_FILE. */
            builtIn: boolean;
            /** @description Whether it is used. */
            enabled: boolean;
            /**
             * @description `cooling`: a site, or its proxy, is left alone until `until`; then one job finds out whether it is taken again. `blocked`: that failed several times in a row.
             * @enum {string}
             */
            state: "ready" | "cooling" | "blocked" | "disabled";
            /**
             * Format: date-time
             * @description Earliest time of the next trial.
             * @example 2026-11-26T10:00:00.000Z
             */
            until: string | null;
            /**
             * @description What was said last; of a ready egress: what was refused since its last success.
             * @example HTTP 429 Too Many Requests
             */
            reason: string | null;
            /** @description Where it has trouble; other sites are reached through it as ever. */
            sites: components["schemas"]["EgressSite"][];
            /** @description Whether it has a proxy. Its address is never shown. */
            proxy: {
                /** @description Whether there are any. */
                present: boolean;
            };
            /** @description Whether it has cookies, and whether they are any good. They are never shown. */
            cookies: {
                /** @description Whether there are any. */
                present: boolean;
                /**
                 * Format: date-time
                 * @description When that was found out; null: never.
                 * @example 2026-11-26T10:00:00.000Z
                 */
                checkedAt: string | null;
                /** @description `true`: they opened what was refused without them. `false`: a site asked for a login although they were sent, or all of them have expired. Null: not known yet. */
                valid: boolean | null;
            };
            /**
             * @description When its cookies are sent.
             * @enum {string}
             */
            cookiesUse: "needed" | "always";
            /**
             * @description How many videos may be looked up through it in an hour; null: as many as come.
             * @example 120
             */
            resolvesPerHour: number | null;
            /**
             * @description Shortest time between two requests to the same site through it, in seconds.
             * @example 2
             */
            spacingSeconds: number;
            /**
             * @description Sites that it is for, their subdomains among them; empty: all.
             * @example [
             *       "youtube.com"
             *     ]
             */
            hosts: string[];
            /**
             * @description Videos that were looked up through it in this hour.
             * @example 17
             */
            usedThisHour: number;
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-26T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-26T10:00:00.000Z
             */
            updatedAt: string;
        };
        EgressSite: {
            /**
             * @description A host; `*` is the egress's own proxy, which concerns all of them.
             * @example youtube.com
             */
            site: string;
            /**
             * @description Where it is in its life.
             * @enum {string}
             */
            state: "ready" | "cooling" | "blocked";
            /**
             * Format: date-time
             * @description Until when it is left alone; null: it is not.
             * @example 2026-11-26T10:00:00.000Z
             */
            until: string | null;
            /**
             * @description Why, in a sentence.
             * @example HTTP 429 Too Many Requests
             */
            reason: string;
        };
        WebhookTestMessage: {
            /**
             * @description What it is.
             * @enum {string}
             */
            type: "webhook.test";
            /**
             * Format: date-time
             * @description When it happened.
             * @example 2026-11-26T10:00:00.000Z
             */
            timestamp: string;
            /** @description What it is about. */
            data: {
                /**
                 * @description The webhook.
                 * @example whk_0199f3a2c4d87b1e9a5d6c3f20417e88
                 */
                webhookId: string;
            };
        };
        /** @description An error, as RFC 9457 describes it. */
        Problem: {
            /**
             * @description Where the code is explained.
             * @example https://vidferry.example/docs/errors#invalid_state
             */
            type: string;
            /**
             * @description What the code means; the same for each occurrence.
             * @example The job is in another state
             */
            title: string;
            /**
             * @description The HTTP status.
             * @example 409
             */
            status: number;
            /**
             * @description What happened this time.
             * @example The video is private.
             */
            detail: string;
            /**
             * @description Stable, for programs to decide by.
             * @enum {string}
             */
            code: "invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error";
            /**
             * @description What can be done about it.
             * @example Ask its owner for access.
             */
            hint: string;
            /**
             * @description Also in the `X-Request-Id` header; name it when you ask for help.
             * @example req_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            requestId: string;
            /** @description Whether the same request may succeed later. */
            retryable: boolean;
            /** @description Of `quota_exceeded`: the limit of the account that is used up; `GET /quota` shows all of them. */
            quota?: {
                /**
                 * @description Which limit it is.
                 * @example runningJobs
                 */
                limit: string;
                /**
                 * @description How much of it is used.
                 * @example 100
                 */
                used: number;
                /**
                 * @description How much the account allows.
                 * @example 100
                 */
                allowed: number;
            };
            /** @description The fields that were refused, by JSON Pointer (RFC 6901): `/output/quality`. */
            errors?: {
                /**
                 * @description Which field, as a JSON Pointer; empty: the body itself.
                 * @example /output/quality
                 */
                path: string;
                /**
                 * @description What is wrong with it.
                 * @example Expected one of 360p, 720p, 1080p.
                 */
                message: string;
            }[];
        };
        DownloadPage: {
            /** @description What it is about. */
            data: components["schemas"]["DownloadJob"][];
            /**
             * @description For the next page; null on the last one.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            nextCursor: string | null;
        };
        DownloadCounts: {
            /**
             * @description All of them.
             * @example 40
             */
            total: number;
            /** @description How many are in each state. */
            states: {
                /**
                 * @description How many wait for a time of their own.
                 * @example 0
                 */
                scheduled: number;
                /**
                 * @description How many wait for a worker.
                 * @example 4
                 */
                queued: number;
                /**
                 * @description How many are paused.
                 * @example 0
                 */
                paused: number;
                /**
                 * @description How many run.
                 * @example 2
                 */
                running: number;
                /**
                 * @description How many succeeded.
                 * @example 30
                 */
                succeeded: number;
                /**
                 * @description How many failed.
                 * @example 1
                 */
                failed: number;
                /**
                 * @description How many were cancelled.
                 * @example 0
                 */
                canceled: number;
            };
            /** @description False: there are more than were counted, so that the numbers are lower bounds. */
            exact: boolean;
        };
        BulkAnswer: {
            /** @description What it is about. */
            data: {
                /**
                 * @description Its identifier.
                 * @example job_0199f3a2c4d87b1e9a5d6c3f20417e88
                 */
                id: string;
                /**
                 * @description Its state now; null: it does not exist (any more).
                 * @enum {string|null}
                 */
                state: "scheduled" | "queued" | "paused" | "running" | "succeeded" | "failed" | "canceled" | null;
                /** @description Why nothing was done to it; null: it was. */
                error: {
                    /**
                     * @description Stable, for programs to decide by; the guide to errors explains each.
                     * @enum {string}
                     */
                    code: "invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error";
                    /**
                     * @description What happened this time, in a sentence.
                     * @example The video is private.
                     */
                    detail: string;
                } | null;
            }[];
            /**
             * @description To how many it was done.
             * @example 40
             */
            done: number;
            /**
             * @description To how many it could not be done.
             * @example 2
             */
            failed: number;
            /**
             * @description Send it with the same body to go on; null: nothing is left.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            nextCursor: string | null;
            /**
             * @description How many jobs the filter still holds that the action is for.
             * @example 60
             */
            remaining: number;
            /** @description False: there are more. */
            remainingExact: boolean;
        };
        BulkRequest: {
            /**
             * @description What to do.
             * @enum {string}
             */
            action: "cancel" | "pause" | "resume" | "retry" | "delete";
            /**
             * @description These jobs.
             * @example [
             *       "job_0199f3a2c4d87b1e9a5d6c3f20417e88"
             *     ]
             */
            ids?: string[];
            /** @description All jobs that agree with it and that the action is for. */
            filter?: {
                /** @description Only jobs in one of these states. */
                state?: ("scheduled" | "queued" | "paused" | "running" | "succeeded" | "failed" | "canceled")[];
                /** @description Only jobs whose error has one of these codes. */
                code?: ("invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error")[];
                /**
                 * @description Only the children of this batch.
                 * @example bat_0199f3a2c4d87b1e9a5d6c3f20417e88
                 */
                batchId?: string;
                /**
                 * @description Only what this schedule made.
                 * @example sch_0199f3a2c4d87b1e9a5d6c3f20417e88
                 */
                scheduleId?: string;
                /**
                 * @description Part of the URL or the title, in any case.
                 * @example never gonna
                 */
                q?: string;
                /**
                 * @description Labels of the client's own: up to 20 names with a value, to find it by.
                 * @example {
                 *       "project": "demo"
                 *     }
                 */
                labels?: {
                    [key: string]: string;
                };
                /**
                 * Format: date-time
                 * @description Made at this time or later.
                 * @example 2026-11-26T10:00:00.000Z
                 */
                createdAfter?: string;
                /**
                 * Format: date-time
                 * @description Made before this time.
                 * @example 2026-11-26T10:00:00.000Z
                 */
                createdBefore?: string;
                /**
                 * Format: date-time
                 * @description Ended at this time or later; the latest end then comes first.
                 * @example 2026-11-26T10:00:00.000Z
                 */
                finishedAfter?: string;
                /**
                 * Format: date-time
                 * @description Ended before this time; the latest end then comes first.
                 * @example 2026-11-26T10:00:00.000Z
                 */
                finishedBefore?: string;
            };
            /**
             * @description With `filter`: how many jobs at once.
             * @default 100
             * @example 100
             */
            limit: number;
            /**
             * @description With `filter`: `nextCursor` of the answer before.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            cursor?: string;
        } & (unknown | unknown);
        DownloadEdit: {
            /**
             * @description Merged into the job's labels: a text sets one, null removes it. Null in place of the object removes all.
             * @example {
             *       "project": "demo"
             *     }
             */
            labels?: {
                [key: string]: string | null;
            } | null;
            /**
             * @description While the job is `scheduled`, `queued` or `paused`.
             * @enum {string}
             */
            priority?: "high" | "normal" | "low";
        };
        /** @description An event of one job, by the fields of its frame. */
        StreamedEvent: components["schemas"]["JobFrame"] | components["schemas"]["ProgressFrame"];
        JobFrame: {
            /**
             * @description Its place in the log; opaque.
             * @example 1764151200000-0
             */
            id: string;
            /**
             * @description What kind of event it is.
             * @enum {string}
             */
            event: "job";
            /**
             * @description JSON: a `DownloadJob`.
             * @example {"id":"job_0199f3a2c4d87b1e9a5d6c3f20417e88","state":"succeeded"}
             */
            data: string;
        };
        ProgressFrame: {
            /**
             * @description Its place in the log; opaque.
             * @example 1764151200000-0
             */
            id: string;
            /**
             * @description What kind of event it is.
             * @enum {string}
             */
            event: "progress";
            /**
             * @description JSON: a `ProgressEvent`.
             * @example {"jobId":"job_0199f3a2c4d87b1e9a5d6c3f20417e88","attempt":1,"stage":"downloading","progress":{"percent":42.5,"downloadedBytes":4456448,"totalBytes":10485760,"bytesPerSecond":2097152,"etaSeconds":3}}
             */
            data: string;
        };
        /** @description An event of any of the owner's jobs or batches, by the fields of its frame. */
        StreamedOwnerEvent: components["schemas"]["JobFrame"] | components["schemas"]["ProgressFrame"] | components["schemas"]["BatchFrame"] | components["schemas"]["SnapshotFrame"];
        BatchFrame: {
            /**
             * @description Its place in the log; opaque.
             * @example 1764151200000-0
             */
            id: string;
            /**
             * @description What kind of event it is.
             * @enum {string}
             */
            event: "batch";
            /**
             * @description JSON: a `Batch`.
             * @example {"id":"bat_0199f3a2c4d87b1e9a5d6c3f20417e88","state":"running"}
             */
            data: string;
        };
        SnapshotFrame: {
            /**
             * @description Its place in the log; opaque.
             * @example 1764151200000-0
             */
            id: string;
            /**
             * @description What kind of event it is.
             * @enum {string}
             */
            event: "snapshot";
            /**
             * @description JSON: a `SnapshotEvent`.
             * @example {"jobs":3,"complete":true}
             */
            data: string;
        };
        /**
         * @example {
         *       "ticket": "vft_q0mG1F8Yz7c4cQX3v0tq3Ff5h3kzv2Jr1b9c7e0mXyA",
         *       "expiresAt": "2026-11-01T10:01:00.000Z"
         *     }
         */
        Ticket: {
            /**
             * @description For `?ticket=` of one event stream or WebSocket.
             * @example tkt_4fQ2Zt8Ck1yXo7Wd
             */
            ticket: string;
            /**
             * Format: date-time
             * @description A minute from now.
             * @example 2026-11-26T10:00:00.000Z
             */
            expiresAt: string;
        };
        FileLink: {
            /**
             * @description Opens the file without a key.
             * @example https://vidferry.example/api/v1/downloads/job_0199f3a2c4d87b1e9a5d6c3f20417e88/files/art_0199f3a2c4d87b1e9a5d6c3f20417e88?token=x
             */
            url: string;
            /**
             * Format: date-time
             * @description When it ends by itself; null: never.
             * @example 2026-11-26T10:00:00.000Z
             */
            expiresAt: string;
        };
        FileLinkRequest: {
            /**
             * @description How long the link opens: up to a week.
             * @default 3600
             * @example 3600
             */
            expiresInSeconds: number;
        };
        /** @description What can be had of a link. */
        Probe: components["schemas"]["ProbedVideo"] | components["schemas"]["ProbedPlaylist"];
        ProbedVideo: {
            /**
             * @description What it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "video";
            /** @description What is known of the video. */
            media: components["schemas"]["Media"];
            /** @description The files that the source offers, best last. */
            formats: components["schemas"]["ProbedFormat"][];
            /** @description Subtitles to fetch, or that there are. */
            subtitles: components["schemas"]["ProbedSubtitles"][];
            /**
             * @description The list that the link names besides the video; look at it for its entries.
             * @example https://www.youtube.com/playlist?list=PL590L5WQmH8fJ54F369BLDSqIwcs-TCfs
             */
            listUrl: string | null;
        };
        /** @description One form in which the source offers the media. */
        ProbedFormat: {
            /**
             * @description What yt-dlp names it by.
             * @example 248
             */
            id: string;
            /**
             * @description The kind of file.
             * @example webm
             */
            container: string;
            /**
             * @description As FFmpeg names it; null: no pictures, or not known.
             * @example h264
             */
            videoCodec: string | null;
            /**
             * @description As FFmpeg names it; null: no sound, or not known.
             * @example aac
             */
            audioCodec: string | null;
            /**
             * @description Columns of its pictures; null: none, or not known.
             * @example 1920
             */
            width: number | null;
            /**
             * @description Lines of its pictures; null: none, or not known.
             * @example 1080
             */
            height: number | null;
            /**
             * @description Pictures a second; null: none, or not known.
             * @example 25
             */
            fps: number | null;
            /** @description Whether its pictures have a high dynamic range. */
            hdr: boolean;
            /**
             * @description Kilobits a second; null: not known.
             * @example 2500
             */
            bitrateKbps: number | null;
            /**
             * @description Size, often an estimate.
             * @example 31457280
             */
            bytes: number | null;
            /**
             * @description As a BCP 47 tag; null: none, or not known.
             * @example en
             */
            language: string | null;
        };
        ProbedSubtitles: {
            /**
             * @description As a BCP 47 tag; null: none, or not known.
             * @example en
             */
            language: string;
            /**
             * @description What the source calls them; null: nothing.
             * @example English
             */
            name: string | null;
            /** @description Whether a machine made them. */
            automatic: boolean;
        };
        ProbedPlaylist: {
            /**
             * @description What it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            kind: "playlist";
            /**
             * @description What the source names it by.
             * @example PL590L5WQmH8fJ54F369BLDSqIwcs-TCfs
             */
            id: string;
            /**
             * @description Its title; null: not known.
             * @example Never Gonna Give You Up
             */
            title: string | null;
            /**
             * @description Who published it; null: not known.
             * @example Rick Astley
             */
            channel: string | null;
            /**
             * @description Its page at the source.
             * @example https://www.youtube.com/playlist?list=PL590L5WQmH8fJ54F369BLDSqIwcs-TCfs
             */
            webpageUrl: string;
            /**
             * @description How many there are in all, if the source says.
             * @example 12
             */
            count: number | null;
            /** @description This page of its entries, in order. */
            entries: components["schemas"]["PlaylistEntry"][];
            /**
             * @description Gives the entries after these; null: there are no more. Pages shift when the list changes.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            nextCursor: string | null;
        };
        PlaylistEntry: {
            /**
             * @description `playlist`: a list again, as on the page of a channel's playlists.
             * @enum {string}
             */
            kind: "video" | "playlist";
            /**
             * @description What the source names it by.
             * @example dQw4w9WgXcQ
             */
            id: string;
            /**
             * @description The link.
             * @example https://www.youtube.com/watch?v=dQw4w9WgXcQ
             */
            url: string;
            /**
             * @description Its title; null: not known.
             * @example Never Gonna Give You Up
             */
            title: string | null;
            /**
             * @description How long it lasts, in seconds; null: not known.
             * @example 212.09
             */
            durationSeconds: number | null;
            /**
             * @description About when it was published, if the list says.
             * @example 2009-10-25
             */
            uploadedAt: string | null;
            /**
             * @description Why it cannot be had, as far as the list says, for example `video_private`.
             * @enum {string|null}
             */
            unavailable: "invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error" | null;
        };
        ProbeRequest: {
            /**
             * @description The link.
             * @example https://www.youtube.com/watch?v=dQw4w9WgXcQ
             */
            url: string;
            /**
             * @description Of a list at most so many entries.
             * @default 100
             * @example 100
             */
            limit: number;
            /**
             * @description `nextCursor` of the page before; absent: from the first entry.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            cursor?: string;
            /**
             * @description Name of the egress, or of the pool of egresses, that it goes through. Absent: any that is for the site.
             * @example home
             */
            egress?: string;
            /**
             * @description `auto`, the default: what was found at the link within the last minutes is told again. `never` asks the source.
             * @enum {string}
             */
            reuse?: "auto" | "never";
            /** @description All of it must hold. What a list does not tell of a video does not hold. */
            match?: components["schemas"]["BatchMatch"];
            /**
             * @description `reverse` shows a list from its end, for which all of it is read: up to 5,000 entries.
             * @enum {string}
             */
            order?: "source" | "reverse";
        };
        BatchPage: {
            /** @description What it is about. */
            data: components["schemas"]["Batch"][];
            /**
             * @description For the next page; null on the last one.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            nextCursor: string | null;
        };
        SkippedPage: {
            /** @description What it is about. */
            data: components["schemas"]["SkippedEntry"][];
            /**
             * @description For the next page; null on the last one.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            nextCursor: string | null;
        };
        /** @description An entry of a list of which no job was made, and why. */
        SkippedEntry: {
            /**
             * @description The link.
             * @example https://www.youtube.com/watch?v=dQw4w9WgXcQ
             */
            url: string;
            /**
             * @description Its title; null: not known.
             * @example Never Gonna Give You Up
             */
            title: string | null;
            /**
             * @description Why no job was made of it.
             * @enum {string}
             */
            code: "invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error";
            /**
             * @description What happened this time, in a sentence.
             * @example The video is private.
             */
            detail: string;
        };
        /** @description An event of a batch or of one of its jobs, by the fields of its frame. */
        StreamedBatchEvent: components["schemas"]["BatchFrame"] | components["schemas"]["JobFrame"];
        Schedule: {
            /**
             * @description Its identifier.
             * @example sch_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /**
             * @description Its name, for people.
             * @example Morning news
             */
            name: string;
            /**
             * @description `finished`: it has no time left to run at.
             * @enum {string}
             */
            state: "active" | "paused" | "finished";
            /**
             * Format: date-time
             * @description When it runs, once; null: by `cron`.
             * @example 2026-11-26T10:00:00.000Z
             */
            runAt: string | null;
            /**
             * @description When it runs: minute, hour, day of the month, month, day of the week; null: once.
             * @example 0 7 * * 1-5
             */
            cron: string | null;
            /**
             * @description The time zone of `cron`, as the IANA names it.
             * @example Europe/Berlin
             */
            timeZone: string;
            /** @description What each run downloads; null: it makes a batch. */
            download: components["schemas"]["DownloadRequest"] | null;
            /** @description The batch that each run makes; null: it makes a download. */
            batch: components["schemas"]["BatchRequest"] | null;
            /** @description Its batches take of their list only what the schedule has not taken before. */
            onlyNew: boolean;
            /**
             * Format: date-time
             * @description Null unless it is active.
             * @example 2026-11-27T07:00:00.000Z
             */
            nextRunAt: string | null;
            /**
             * Format: date-time
             * @description When it ran last; null: never.
             * @example 2026-11-26T10:00:00.000Z
             */
            lastRunAt: string | null;
            /** @description What the latest run came to. */
            lastResult: {
                /**
                 * @description The download that it made.
                 * @example job_0199f3a2c4d87b1e9a5d6c3f20417e88
                 */
                jobId: string | null;
                /**
                 * @description The batch that it made.
                 * @example bat_0199f3a2c4d87b1e9a5d6c3f20417e88
                 */
                batchId: string | null;
                /**
                 * @description How many downloads it made; null while its list is read.
                 * @example 3
                 */
                new: number | null;
                /** @description Why nothing was made, or why its list could not be read to the end. */
                error: {
                    /**
                     * @description Stable, for programs to decide by; the guide to errors explains each.
                     * @enum {string}
                     */
                    code: "invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error";
                    /**
                     * @description What happened this time, in a sentence.
                     * @example The video is private.
                     */
                    detail: string;
                    /**
                     * @description What can be done about it; may be empty.
                     * @example Ask its owner for access.
                     */
                    hint: string;
                    /** @description Whether the same may succeed later. */
                    retryable: boolean;
                } | null;
            } | null;
            /**
             * @description Its next times, up to 5; none unless it is active.
             * @example [
             *       "2026-11-27T07:00:00.000Z"
             *     ]
             */
            upcoming: string[];
            /** @description Since when its feed can be read with the token of today; null: it has none. */
            feed: {
                /**
                 * Format: date-time
                 * @description When it was made.
                 * @example 2026-11-26T10:00:00.000Z
                 */
                createdAt: string;
            } | null;
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-26T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-26T10:00:00.000Z
             */
            updatedAt: string;
        };
        CreateSchedule: {
            /**
             * @description For people; also the title of its feed.
             * @example Morning news
             */
            name: string;
            /**
             * Format: date-time
             * @description Runs once, at this time.
             * @example 2027-01-01T08:00:00Z
             */
            runAt?: string;
            /**
             * @description Runs whenever this pattern says: minute, hour, day of the month, month, day of the week; with a field for seconds in front of them there are six. Or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
             * @example 0 6 * * 1-5
             */
            cron?: string;
            /**
             * @description Whose clocks the pattern is read by, as an IANA name. An hour that they skip is made up for at its end; of one that comes twice the first counts.
             * @default UTC
             * @example Europe/Berlin
             */
            timeZone: string;
            /** @description What to download. Only `url` is needed. */
            download?: components["schemas"]["DownloadRequest"];
            /** @description What to make a batch of. */
            batch?: components["schemas"]["BatchRequest"];
            /** @description Of the list of `batch.source` only what this schedule has not taken before, whatever became of it; the default for lists. A limit counts what was taken too. */
            onlyNew?: boolean;
        } & (unknown | unknown | unknown | unknown);
        SchedulePage: {
            /** @description What it is about. */
            data: components["schemas"]["Schedule"][];
            /**
             * @description The `cursor` of the next page; null on the last one.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            nextCursor: string | null;
        };
        ChangeSchedule: {
            /**
             * @description For people; also the title of its feed.
             * @example Morning news
             */
            name?: string;
            /**
             * Format: date-time
             * @description Runs once, at this time.
             * @example 2027-01-01T08:00:00Z
             */
            runAt?: string;
            /**
             * @description Runs whenever this pattern says: minute, hour, day of the month, month, day of the week; with a field for seconds in front of them there are six. Or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
             * @example 0 6 * * 1-5
             */
            cron?: string;
            /**
             * @description Whose clocks the pattern is read by, as an IANA name. An hour that they skip is made up for at its end; of one that comes twice the first counts.
             * @example Europe/Berlin
             */
            timeZone?: string;
            /** @description What to download. Only `url` is needed. */
            download?: components["schemas"]["DownloadRequest"];
            /** @description What to make a batch of. */
            batch?: components["schemas"]["BatchRequest"];
            /** @description Of the list of `batch.source` only what this schedule has not taken before, whatever became of it; the default for lists. A limit counts what was taken too. */
            onlyNew?: boolean;
        };
        ScheduleFeedLink: {
            /**
             * @description The feed, for a podcast player; shown in this answer alone.
             * @example https://vidferry.example/api/v1/schedules/x/feed.xml?token=x
             */
            url: string;
            /**
             * @description The secret part of it.
             * @example feed_4fQ2Zt8Ck1yXo7Wd
             */
            token: string;
        };
        WebhookWithSecret: {
            /**
             * @description Its identifier.
             * @example whk_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /**
             * @description Where its messages go.
             * @example https://app.example/hooks/vidferry
             */
            url: string;
            /** @description What it is told of. */
            events: components["schemas"]["WebhookEvent"][];
            /**
             * @description For people: what it is for.
             * @example The archive of the newsroom
             */
            description: string;
            /** @description Whether it is used. */
            enabled: boolean;
            /**
             * Format: date-time
             * @description When it was disabled; null: it is not.
             * @example 2026-11-26T10:00:00.000Z
             */
            disabledAt: string | null;
            /**
             * @description `gone`: it answered 410; `failing`: nothing was delivered for days; `by_owner`: `enabled: false`.
             * @enum {string|null}
             */
            disabledReason: "gone" | "failing" | "by_owner" | null;
            /**
             * Format: date-time
             * @description Since when no delivery has succeeded; null when the latest one did.
             * @example 2026-11-26T10:00:00.000Z
             */
            failingSince: string | null;
            /**
             * Format: date-time
             * @description Until when the secret before the newest signs as well; null outside of a rotation.
             * @example 2026-11-27T10:00:00.000Z
             */
            secretExpiresAt: string | null;
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-26T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-26T10:00:00.000Z
             */
            updatedAt: string;
            /**
             * @description Signs the messages; shown in this answer alone.
             * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=
             */
            secret: string;
        };
        /** @enum {string} */
        WebhookEvent: "job.succeeded" | "job.failed" | "job.canceled" | "batch.finished" | "schedule.failed" | "egress.blocked";
        CreateWebhook: {
            /**
             * Format: uri
             * @description Where to: https:, or http: of a host that the operator opened (ALLOW_PRIVATE_HOSTS).
             * @example https://app.example/hooks/vidferry
             */
            url: string;
            /** @description What it is told of. */
            events?: ("job.succeeded" | "job.failed" | "job.canceled" | "batch.finished" | "schedule.failed" | "egress.blocked")[];
            /**
             * @description For people.
             * @example The archive of the newsroom
             */
            description?: string;
        };
        WebhookList: {
            /** @description What it is about. */
            data: components["schemas"]["Webhook"][];
        };
        Webhook: {
            /**
             * @description Its identifier.
             * @example whk_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /**
             * @description Where its messages go.
             * @example https://app.example/hooks/vidferry
             */
            url: string;
            /** @description What it is told of. */
            events: components["schemas"]["WebhookEvent"][];
            /**
             * @description For people: what it is for.
             * @example The archive of the newsroom
             */
            description: string;
            /** @description Whether it is used. */
            enabled: boolean;
            /**
             * Format: date-time
             * @description When it was disabled; null: it is not.
             * @example 2026-11-26T10:00:00.000Z
             */
            disabledAt: string | null;
            /**
             * @description `gone`: it answered 410; `failing`: nothing was delivered for days; `by_owner`: `enabled: false`.
             * @enum {string|null}
             */
            disabledReason: "gone" | "failing" | "by_owner" | null;
            /**
             * Format: date-time
             * @description Since when no delivery has succeeded; null when the latest one did.
             * @example 2026-11-26T10:00:00.000Z
             */
            failingSince: string | null;
            /**
             * Format: date-time
             * @description Until when the secret before the newest signs as well; null outside of a rotation.
             * @example 2026-11-27T10:00:00.000Z
             */
            secretExpiresAt: string | null;
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-26T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-26T10:00:00.000Z
             */
            updatedAt: string;
        };
        WebhookDefaultSecret: {
            /**
             * @description Signs messages to the `webhookUrl` of downloads.
             * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=
             */
            secret: string;
            /**
             * @description The one before it, while it signs as well.
             * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
             */
            previous: string | null;
        };
        ChangeWebhook: {
            /**
             * Format: uri
             * @description Where its messages go.
             * @example https://app.example/hooks/vidferry
             */
            url?: string;
            /** @description What it is told of. */
            events?: ("job.succeeded" | "job.failed" | "job.canceled" | "batch.finished" | "schedule.failed" | "egress.blocked")[];
            /**
             * @description For people.
             * @example The archive of the newsroom
             */
            description?: string;
            /** @description `false` disables it; `true` enables one that was disabled, for events from now on. */
            enabled?: boolean;
        };
        RotateSecret: {
            /**
             * @description How long the secret before it signs as well: messages then carry two signatures.
             * @default 86400
             * @example 86400
             */
            overlapSeconds: number;
        };
        WebhookDeliveryPage: {
            /** @description What it is about. */
            data: components["schemas"]["WebhookDelivery"][];
            /**
             * @description The `cursor` of the next page; null on the last one.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            nextCursor: string | null;
        };
        WebhookDelivery: {
            /**
             * @description The message's id: the header `webhook-id` of every try and replay.
             * @example dlv_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /** @description What it is. */
            type: components["schemas"]["WebhookEvent"] | "webhook.test";
            /**
             * @description The job that it is about; null: none.
             * @example job_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            jobId: string | null;
            /**
             * @description Where it is in its life.
             * @enum {string}
             */
            state: "pending" | "delivered" | "failed";
            /** @description The latest 25, in order. */
            attempts: components["schemas"]["WebhookAttempt"][];
            /**
             * Format: date-time
             * @description When it is tried again; null: it is not waiting for that.
             * @example 2026-11-26T10:00:00.000Z
             */
            nextAttemptAt: string | null;
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-26T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it ended; null: it has not.
             * @example 2026-11-26T10:00:00.000Z
             */
            finishedAt: string | null;
        };
        WebhookAttempt: {
            /**
             * Format: date-time
             * @description When it was.
             * @example 2026-11-26T10:00:00.000Z
             */
            at: string;
            /**
             * @description The HTTP status of the answer; null when there was none.
             * @example 204
             */
            status: number | null;
            /**
             * @description How long it took, in milliseconds.
             * @example 120
             */
            durationMs: number;
            /**
             * @description Why it does not count as delivered; null when it does.
             * @example The receiver answered with status 500.
             */
            error: string | null;
        };
        KeyWithSecret: {
            /**
             * @description Its identifier.
             * @example key_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /**
             * @description For people, to tell keys apart.
             * @example Backend
             */
            name: string;
            /**
             * @description Whose jobs are made and seen with it.
             * @example alice
             */
            owner: string;
            /** @description Without short names; `admin` allows everything. */
            scopes: ("downloads:read" | "downloads:write" | "files:read" | "webhooks" | "admin")[];
            /**
             * @description The last characters of the secret.
             * @example a1b2
             */
            lastFour: string;
            /**
             * @description Origins of web pages that may use it; empty: all.
             * @example [
             *       "https://app.example"
             *     ]
             */
            allowedOrigins: string[];
            /**
             * @description Addresses and networks that it may be used from; empty: all.
             * @example [
             *       "203.0.113.0/24"
             *     ]
             */
            allowedCidrs: string[];
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-26T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description From then on it does not work; null: never ends by itself.
             * @example 2026-11-26T10:00:00.000Z
             */
            expiresAt: string | null;
            /**
             * Format: date-time
             * @description To the minute; null: never used.
             * @example 2026-11-26T10:00:00.000Z
             */
            lastUsedAt: string | null;
            /**
             * Format: date-time
             * @description When it was revoked; null: it was not.
             * @example 2026-11-26T10:00:00.000Z
             */
            revokedAt: string | null;
            /**
             * Format: date-time
             * @description Until then the secret before the last rotation works as well; null: it does not.
             * @example 2026-11-27T10:00:00.000Z
             */
            previousSecretExpiresAt: string | null;
            /**
             * @description `vf_…`. Shown this once: only its hash is kept.
             * @example vf_2Jx9Qm4sT7Lr8VbN3cYpKw
             */
            secret: string;
        };
        NewKey: {
            /**
             * @description For people, to tell keys apart.
             * @example Backend
             */
            name: string;
            /**
             * @description Whose jobs are made and seen with it; absent: the key's own, which no other key sees.
             * @example alice
             */
            owner?: string;
            /**
             * @description What it may do. `read` and `write` are short names for several; `admin` allows everything.
             * @default [
             *       "write"
             *     ]
             */
            scopes: ("downloads:read" | "downloads:write" | "files:read" | "webhooks" | "admin" | "read" | "write")[];
            /**
             * Format: date-time
             * @description From then on it does not work; null: never ends by itself.
             * @default null
             * @example 2026-11-26T10:00:00.000Z
             */
            expiresAt: string | null;
            /**
             * @description Origins of web pages that may use it; empty: all. Programs send no origin and are not bound by it.
             * @default []
             * @example [
             *       "https://app.example"
             *     ]
             */
            allowedOrigins: string[];
            /**
             * @description Addresses and networks that it may be used from; empty: all.
             * @default []
             * @example [
             *       "203.0.113.0/24"
             *     ]
             */
            allowedCidrs: string[];
        };
        KeyPage: {
            /** @description What it is about. */
            data: components["schemas"]["Key"][];
            /**
             * @description For the next page; null on the last one.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            nextCursor: string | null;
        };
        /** @description An API key. */
        Key: {
            /**
             * @description Its identifier.
             * @example key_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /**
             * @description For people, to tell keys apart.
             * @example Backend
             */
            name: string;
            /**
             * @description Whose jobs are made and seen with it.
             * @example alice
             */
            owner: string;
            /** @description Without short names; `admin` allows everything. */
            scopes: ("downloads:read" | "downloads:write" | "files:read" | "webhooks" | "admin")[];
            /**
             * @description The last characters of the secret.
             * @example a1b2
             */
            lastFour: string;
            /**
             * @description Origins of web pages that may use it; empty: all.
             * @example [
             *       "https://app.example"
             *     ]
             */
            allowedOrigins: string[];
            /**
             * @description Addresses and networks that it may be used from; empty: all.
             * @example [
             *       "203.0.113.0/24"
             *     ]
             */
            allowedCidrs: string[];
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-26T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description From then on it does not work; null: never ends by itself.
             * @example 2026-11-26T10:00:00.000Z
             */
            expiresAt: string | null;
            /**
             * Format: date-time
             * @description To the minute; null: never used.
             * @example 2026-11-26T10:00:00.000Z
             */
            lastUsedAt: string | null;
            /**
             * Format: date-time
             * @description When it was revoked; null: it was not.
             * @example 2026-11-26T10:00:00.000Z
             */
            revokedAt: string | null;
            /**
             * Format: date-time
             * @description Until then the secret before the last rotation works as well; null: it does not.
             * @example 2026-11-27T10:00:00.000Z
             */
            previousSecretExpiresAt: string | null;
        };
        /** @description What an owner may use, and has used. */
        Account: {
            /**
             * @description To whom it belongs.
             * @example alice
             */
            owner: string;
            /** @description null: no limit. */
            limits: {
                /**
                 * @description Jobs that run at once; more of them wait.
                 * @example 2
                 */
                runningJobs: number | null;
                /**
                 * @description Jobs that wait: queued, scheduled and paused ones.
                 * @example 20
                 */
                queuedJobs: number | null;
                /**
                 * @description Jobs accepted in a day, from midnight to midnight UTC; deleted ones count as well.
                 * @example 100
                 */
                jobsPerDay: number | null;
                /**
                 * @description Bytes of results in a calendar month (UTC); results that were deleted count as well.
                 * @example 1073741824
                 */
                bytesPerMonth: number | null;
                /**
                 * @description Bytes of results that are kept.
                 * @example 1073741824
                 */
                storedBytes: number | null;
                /**
                 * @description Requests a minute.
                 * @example 600
                 */
                requestsPerMinute: number | null;
                /**
                 * @description Probes at once.
                 * @example 2
                 */
                probes: number | null;
                /**
                 * @description Event streams, WebSockets and transfers of files at once.
                 * @example 3
                 */
                streams: number | null;
                /**
                 * @description Share of the workers beside other owners.
                 * @example 1
                 */
                weight: number;
            };
            /** @description What is used now, by the name of the limit; null: not counted, since it has no limit. */
            usage: components["schemas"]["Usage"];
            /** @description When these are counted from nothing again. */
            renewsAt: {
                /**
                 * Format: date-time
                 * @description When the count of jobs begins anew.
                 * @example 2026-11-27T00:00:00.000Z
                 */
                jobsPerDay: string;
                /**
                 * Format: date-time
                 * @description When the count of bytes begins anew.
                 * @example 2026-12-01T00:00:00.000Z
                 */
                bytesPerMonth: string;
            };
        };
        /** @description What is used now, by the name of the limit; null: not counted, since it has no limit. */
        Usage: {
            /**
             * @description Jobs that run at once.
             * @example 2
             */
            runningJobs: number | null;
            /**
             * @description Jobs that wait.
             * @example 20
             */
            queuedJobs: number | null;
            /**
             * @description Jobs accepted since midnight, in UTC.
             * @example 100
             */
            jobsPerDay: number | null;
            /**
             * @description Bytes downloaded since the first of the month, in UTC.
             * @example 1073741824
             */
            bytesPerMonth: number | null;
            /**
             * @description Bytes of the files that are stored.
             * @example 1073741824
             */
            storedBytes: number | null;
            /**
             * @description Links looked at, at once.
             * @example 2
             */
            probes: number | null;
            /**
             * @description Event streams and transfers that are open at once.
             * @example 3
             */
            streams: number | null;
        };
        AccountPatch: {
            /** @description What is absent stays; null lifts a limit. */
            limits: {
                /**
                 * @description Jobs that run at once; more of them wait.
                 * @example 2
                 */
                runningJobs?: number | null;
                /**
                 * @description Jobs that wait: queued, scheduled and paused ones.
                 * @example 20
                 */
                queuedJobs?: number | null;
                /**
                 * @description Jobs accepted in a day, from midnight to midnight UTC; deleted ones count as well.
                 * @example 100
                 */
                jobsPerDay?: number | null;
                /**
                 * @description Bytes of results in a calendar month (UTC); results that were deleted count as well.
                 * @example 1073741824
                 */
                bytesPerMonth?: number | null;
                /**
                 * @description Bytes of results that are kept.
                 * @example 1073741824
                 */
                storedBytes?: number | null;
                /**
                 * @description Requests a minute.
                 * @example 600
                 */
                requestsPerMinute?: number | null;
                /**
                 * @description Probes at once.
                 * @example 2
                 */
                probes?: number | null;
                /**
                 * @description Event streams, WebSockets and transfers of files at once.
                 * @example 3
                 */
                streams?: number | null;
                /**
                 * @description Share of the workers beside other owners.
                 * @example 1
                 */
                weight?: number;
            };
        };
        KeyPatch: {
            /**
             * @description For people, to tell keys apart.
             * @example Backend
             */
            name?: string;
            /** @description What it may do. `read` and `write` are short names for several; `admin` allows everything. */
            scopes?: ("downloads:read" | "downloads:write" | "files:read" | "webhooks" | "admin" | "read" | "write")[];
            /**
             * Format: date-time
             * @description From then on it does not work; null: never ends by itself.
             * @example 2026-11-26T10:00:00.000Z
             */
            expiresAt?: string | null;
            /**
             * @description Origins of web pages that may use it; empty: all. Programs send no origin and are not bound by it.
             * @example [
             *       "https://app.example"
             *     ]
             */
            allowedOrigins?: string[];
            /**
             * @description Addresses and networks that it may be used from; empty: all.
             * @example [
             *       "203.0.113.0/24"
             *     ]
             */
            allowedCidrs?: string[];
        };
        KeyRotation: {
            /**
             * @description How long the secret before keeps working: a day, at most a week; 0 ends it at once.
             * @default 86400
             * @example 86400
             */
            overlapSeconds: number;
        };
        Stats: {
            /**
             * Format: date-time
             * @description From when on, in UTC.
             * @example 2026-11-26T10:00:00.000Z
             */
            from: string;
            /**
             * Format: date-time
             * @description Until when, in UTC.
             * @example 2026-11-26T10:00:00.000Z
             */
            to: string;
            /**
             * @description What it is grouped by.
             * @enum {string}
             */
            by: "day" | "hour" | "state" | "code" | "host" | "owner";
            /**
             * @description Whose jobs were counted; null: everybody's.
             * @example alice
             */
            owner: string | null;
            /** @description Counts, bytes and durations of jobs that ended. */
            total: components["schemas"]["StatsFigures"];
            /** @description Every day, hour and state of the time in between; of the others the hundred with the most ends. */
            data: components["schemas"]["StatsGroup"][];
        };
        /** @description Counts, bytes and durations of jobs that ended. */
        StatsFigures: {
            /**
             * @description How many jobs ended. One that failed, was retried by hand and then succeeded ended twice.
             * @example 12
             */
            count: number;
            /**
             * @description Of the files they made.
             * @example 31457280
             */
            bytes: number;
            /** @description From the start of the first attempt to the end, pauses between attempts included. The percentiles are right to a tenth; null when none ran. */
            runSeconds: {
                /**
                 * @description How many of them ever ran.
                 * @example 12
                 */
                count: number;
                /**
                 * @description All of it together.
                 * @example 310.5
                 */
                sum: number;
                /**
                 * @description Half of them took at most so many seconds.
                 * @example 14.2
                 */
                p50: number | null;
                /**
                 * @description Nine of ten took at most so many seconds.
                 * @example 61
                 */
                p90: number | null;
                /**
                 * @description All but one in a hundred took at most so many seconds.
                 * @example 240
                 */
                p99: number | null;
            };
        };
        StatsGroup: {
            /**
             * @description How many jobs ended. One that failed, was retried by hand and then succeeded ended twice.
             * @example 12
             */
            count: number;
            /**
             * @description Of the files they made.
             * @example 31457280
             */
            bytes: number;
            /** @description From the start of the first attempt to the end, pauses between attempts included. The percentiles are right to a tenth; null when none ran. */
            runSeconds: {
                /**
                 * @description How many of them ever ran.
                 * @example 12
                 */
                count: number;
                /**
                 * @description All of it together.
                 * @example 310.5
                 */
                sum: number;
                /**
                 * @description Half of them took at most so many seconds.
                 * @example 14.2
                 */
                p50: number | null;
                /**
                 * @description Nine of ten took at most so many seconds.
                 * @example 61
                 */
                p90: number | null;
                /**
                 * @description All but one in a hundred took at most so many seconds.
                 * @example 240
                 */
                p99: number | null;
            };
            /**
             * @description The start of the day or hour, or the state, error code, host or owner.
             * @example 2026-11-26
             */
            key: string;
        };
        HistoryPage: {
            /** @description What it is about. */
            data: components["schemas"]["EndedJob"][];
            /**
             * @description For the next page; null on the last one.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            nextCursor: string | null;
        };
        EndedJob: {
            /**
             * @description The job that it belongs to.
             * @example job_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            jobId: string;
            /**
             * @description To whom it belongs.
             * @example alice
             */
            owner: string;
            /**
             * @description Where it is in its life.
             * @enum {string}
             */
            state: "succeeded" | "failed" | "canceled";
            /**
             * @description Why it failed; null for the others.
             * @enum {string|null}
             */
            code: "invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error" | null;
            /**
             * @description Host of the link, without `www.`.
             * @example worker-1
             */
            host: string;
            /**
             * @description What the result should be: a video, its sound, or a transcript.
             * @enum {string}
             */
            output: "video" | "audio" | "transcript";
            /**
             * @description Null once the job was deleted.
             * @example https://www.youtube.com/watch?v=dQw4w9WgXcQ
             */
            url: string | null;
            /**
             * @description Null when it was never known, and once the job was deleted.
             * @example Never Gonna Give You Up
             */
            title: string | null;
            /**
             * @description Null once the job was deleted.
             * @example {
             *       "project": "demo"
             *     }
             */
            labels: {
                [key: string]: string;
            } | null;
            /**
             * @description How many files it made.
             * @example 1
             */
            files: number;
            /**
             * @description Of all its files.
             * @example 31457280
             */
            bytes: number;
            /**
             * @description How many attempts it took.
             * @example 1
             */
            attempts: number;
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-26T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it began; null: it has not.
             * @example 2026-11-26T10:00:00.000Z
             */
            startedAt: string | null;
            /**
             * Format: date-time
             * @description When it ended.
             * @example 2026-11-26T10:00:00.000Z
             */
            endedAt: string;
            /**
             * @description From its start to its end; null when it never ran.
             * @example 21.4
             */
            runSeconds: number | null;
        };
        AuditPage: {
            /** @description What it is about. */
            data: components["schemas"]["AuditEntry"][];
            /**
             * @description For the next page; null on the last one.
             * @example eyJpZCI6ImpvYl8wMTk5In0
             */
            nextCursor: string | null;
        };
        AuditEntry: {
            /**
             * @description Its identifier.
             * @example aud_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /**
             * Format: date-time
             * @description When it was.
             * @example 2026-11-26T10:00:00.000Z
             */
            at: string;
            /**
             * @description What was done. Later versions know more.
             * @enum {string}
             */
            action: "key.created" | "key.changed" | "key.rotated" | "key.revoked" | "account.changed" | "account.erased" | "job.canceled" | "job.finished" | "job.deleted" | "jobs.bulk" | "batch.canceled" | "batch.deleted" | "webhook.created" | "webhook.changed" | "webhook.rotated" | "webhook.deleted" | "schedule.created" | "schedule.changed" | "schedule.run" | "schedule.deleted" | "schedule.feed_opened" | "schedule.feed_closed" | "egress.created" | "egress.changed" | "egress.deleted" | "egress.reset" | "worker.drained" | "log_level.changed" | "engine.tried" | "engine.used" | "engine.rolled_back" | "engine.left" | "sign_in.failed";
            /** @description Who did it. */
            by: {
                /**
                 * @description A request, an operator's command on a host, or Vidferry itself.
                 * @enum {string}
                 */
                via: "api" | "cli" | "service";
                /**
                 * @description The owner of the key that was used.
                 * @example alice
                 */
                owner: string | null;
                /**
                 * @description The key that was used; null while keys are off.
                 * @example key_0199f3a2c4d87b1e9a5d6c3f20417e88
                 */
                keyId: string | null;
                /**
                 * @description As in `X-Request-Id` and the log.
                 * @example req_0199f3a2c4d87b1e9a5d6c3f20417e88
                 */
                requestId: string | null;
            };
            /**
             * @description Id or name of what it was done to; null when it was no single thing.
             * @example job_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            subject: string | null;
            /**
             * @description Whose that is.
             * @example alice
             */
            owner: string | null;
            /**
             * @description What there is to say of it besides.
             * @example {
             *       "name": "Backend"
             *     }
             */
            detail: {
                [key: string]: string | number | boolean | null;
            };
        };
        WorkerList: {
            /** @description What it is about. */
            data: components["schemas"]["Worker"][];
        };
        Worker: {
            /**
             * @description Its identifier.
             * @example wrk_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            id: string;
            /**
             * @description The machine's name.
             * @example worker-1
             */
            host: string;
            /**
             * @description The process on that machine.
             * @example 4711
             */
            pid: number;
            /**
             * @description Of Vidferry.
             * @example 0.1.0
             */
            version: string;
            /** @description The programs that made the result, with their versions; null before the first attempt. */
            engine: {
                /**
                 * @description The version of yt-dlp; null: not known.
                 * @example 2026.11.12
                 */
                ytDlp: string | null;
                /**
                 * @description The version of FFmpeg; null: not known.
                 * @example 7.1.1
                 */
                ffmpeg: string | null;
            };
            /**
             * @description `draining`: it takes no more jobs and ends; `gone`: it has ended, or was not heard of for half a minute.
             * @enum {string}
             */
            state: "active" | "draining" | "gone";
            /**
             * @description Jobs that it runs at once.
             * @example 2
             */
            concurrency: number;
            /**
             * @description Free space of the disk that it works on; null: not known.
             * @example 53687091200
             */
            freeBytes: number | null;
            /** @description Whether it can be told to drain: it does not share its process with the API. */
            standalone: boolean;
            /** @description What it runs. */
            running: {
                /**
                 * @description The job that it belongs to.
                 * @example job_0199f3a2c4d87b1e9a5d6c3f20417e88
                 */
                jobId: string;
                /**
                 * @description The attempt, counted from 1; 0 before the first.
                 * @example 1
                 */
                attempt: number;
                /**
                 * Format: date-time
                 * @description When it began; null: it has not.
                 * @example 2026-11-26T10:00:00.000Z
                 */
                startedAt: string | null;
            }[];
            /**
             * Format: date-time
             * @description When it began; null: it has not.
             * @example 2026-11-26T10:00:00.000Z
             */
            startedAt: string;
            /**
             * Format: date-time
             * @description Its last heartbeat; there is one every two seconds.
             * @example 2026-11-26T10:00:00.000Z
             */
            seenAt: string;
            /**
             * Format: date-time
             * @description When it was asked to end; null: it was not.
             * @example 2026-11-26T10:00:00.000Z
             */
            drainRequestedAt: string | null;
        };
        CreateEgress: {
            /**
             * @description Unique; what requests, logs and metrics call it.
             * @example home
             */
            name: string;
            /**
             * @description A second name, which several egresses may share; requests name either.
             * @example residential
             */
            pool?: string | null;
            /** @description `false`: nothing goes through it. */
            enabled?: boolean;
            /**
             * @description Its proxy, which may be on a private network. Null or absent: the machine's own address. It is encrypted, and never shown.
             * @example http://user:password@proxy.example:3128
             */
            proxyUrl?: string | null;
            /**
             * @description Text in Netscape's form. It is encrypted, and never shown.
             * @example .youtube.com	TRUE	/	TRUE	1798761600	SID	value
             */
            cookies?: string | null;
            /**
             * @description `needed`: they are sent only after a site has asked for a login, an age or a proof that this is no bot.
             * @enum {string}
             */
            cookiesUse?: "needed" | "always";
            /**
             * @description Attempts and probes through it in any hour, over all workers; null: any number. Default: 250.
             * @example 120
             */
            resolvesPerHour?: number | null;
            /**
             * @description Shortest pause between two of them; up to as long again is added at random. Default: 3.
             * @example 2
             */
            spacingSeconds?: number;
            /**
             * @description Hosts that it is for, with their subdomains; `youtube.com` is all of YouTube. Empty: every host.
             * @example [
             *       "youtube.com"
             *     ]
             */
            hosts?: string[];
        };
        EgressList: {
            /** @description What it is about. */
            data: components["schemas"]["Egress"][];
        };
        ChangeEgress: {
            /**
             * @description Unique; what requests, logs and metrics call it.
             * @example office
             */
            name?: string;
            /**
             * @description A second name, which several egresses may share; requests name either.
             * @example residential
             */
            pool?: string | null;
            /** @description `false`: nothing goes through it. */
            enabled?: boolean;
            /**
             * @description Its proxy, which may be on a private network. Null or absent: the machine's own address. It is encrypted, and never shown.
             * @example http://user:password@proxy.example:3128
             */
            proxyUrl?: string | null;
            /**
             * @description Text in Netscape's form. It is encrypted, and never shown.
             * @example .youtube.com	TRUE	/	TRUE	1798761600	SID	value
             */
            cookies?: string | null;
            /**
             * @description `needed`: they are sent only after a site has asked for a login, an age or a proof that this is no bot.
             * @enum {string}
             */
            cookiesUse?: "needed" | "always";
            /**
             * @description Attempts and probes through it in any hour, over all workers; null: any number. Default: 250.
             * @example 120
             */
            resolvesPerHour?: number | null;
            /**
             * @description Shortest pause between two of them; up to as long again is added at random. Default: 3.
             * @example 2
             */
            spacingSeconds?: number;
            /**
             * @description Hosts that it is for, with their subdomains; `youtube.com` is all of YouTube. Empty: every host.
             * @example [
             *       "youtube.com"
             *     ]
             */
            hosts?: string[];
        };
        Engines: {
            /**
             * @description The version of yt-dlp that attempts are run with; `settings`: that of VIDFERRY_YTDLP.
             * @example 2026.11.12
             */
            inUse: string;
            /**
             * @description What `vidferry engine rollback` goes back to; null: nothing.
             * @example 2026.10.22
             */
            before: string | null;
            /** @description A version that some attempts are run with before all are. */
            trial: {
                /**
                 * @description The version.
                 * @example 2026.11.19
                 */
                version: string;
                /**
                 * @description Of all attempts, between 0 and 1.
                 * @example 0.1
                 */
                share: number;
                /**
                 * @description Its runs that succeeded so far.
                 * @example 30
                 */
                succeeded: number;
                /**
                 * @description Those that failed as the runs of an outgrown version do.
                 * @example 1
                 */
                failed: number;
            } | null;
            /** @description The version that was left by itself since the last choice, and why. */
            left: {
                /**
                 * @description The version.
                 * @example 2026.11.19
                 */
                version: string;
                /**
                 * @description Why, in a sentence.
                 * @example HTTP 429 Too Many Requests
                 */
                reason: string;
            } | null;
            /**
             * @description The newest version in ENGINE_INDEX when it was last looked at.
             * @example 2026.11.19
             */
            latestSeen: string | null;
        };
        StoredResults: {
            /**
             * @description Bytes of all results that are kept, each file once however many jobs have it.
             * @example 1073741824
             */
            storedBytes: number;
            /**
             * @description How many files that are.
             * @example 42
             */
            storedFiles: number;
            /**
             * @description How long results are kept after their job ended; null: until they are deleted.
             * @example 604800
             */
            retentionSeconds: number | null;
        };
        Queue: {
            /** @description What waits, by priority. */
            lanes: {
                /** @description Jobs that wait for a worker. */
                high: components["schemas"]["Lane"];
                /** @description Jobs that wait for a worker. */
                normal: components["schemas"]["Lane"];
                /** @description Jobs that wait for a worker. */
                low: components["schemas"]["Lane"];
            };
            /** @description Jobs that wait for something else than a worker. */
            waiting: {
                /**
                 * @description For a time of their own.
                 * @example 5
                 */
                schedule: number;
                /**
                 * @description For their next attempt.
                 * @example 1
                 */
                retry: number;
                /**
                 * @description For a site that limits this service's addresses.
                 * @example 2
                 */
                egress: number;
                /**
                 * @description For the beginning of a live stream.
                 * @example 1
                 */
                live: number;
                /**
                 * @description Their owner runs as many as its account allows.
                 * @example 2
                 */
                quota: number;
                /**
                 * @description Those of the lanes, while they are of several owners that take turns.
                 * @example 3
                 */
                fair_share: number;
            };
            /**
             * @description Jobs that run.
             * @example 2
             */
            running: number;
            /** @description False when more than 100,000 jobs are queued: the numbers are then those of a part of them. */
            isWhole: boolean;
            /** @description Jobs that failed with `worker_lost`, newest first, page by page. A retry takes them up again. */
            deadLetters: {
                /** @description What it is about. */
                data: components["schemas"]["DeadLetter"][];
                /**
                 * @description The `cursor` of the next page; null on the last one.
                 * @example eyJpZCI6ImpvYl8wMTk5In0
                 */
                nextCursor: string | null;
            };
        };
        /** @description Jobs that wait for a worker. */
        Lane: {
            /**
             * @description Jobs that a free worker would take, each when it is its owner's turn.
             * @example 4
             */
            depth: number;
            /**
             * @description How long the one that waits longest has been due.
             * @example 12.5
             */
            oldestAgeSeconds: number | null;
        };
        DeadLetter: {
            /**
             * @description The job that it belongs to.
             * @example job_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            jobId: string;
            /**
             * @description To whom it belongs.
             * @example alice
             */
            owner: string;
            /**
             * @description The link.
             * @example https://www.youtube.com/watch?v=dQw4w9WgXcQ
             */
            url: string;
            /**
             * @description The attempt, counted from 1; 0 before the first.
             * @example 1
             */
            attempt: number;
            /**
             * @description How many workers ended or were killed while they ran it.
             * @example 3
             */
            lostWorkers: number;
            /** @description Why it failed, or why its last attempt did; null: it did not. */
            error: {
                /**
                 * @description Stable, for programs to decide by; the guide to errors explains each.
                 * @enum {string}
                 */
                code: "invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error";
                /**
                 * @description What happened this time, in a sentence.
                 * @example The video is private.
                 */
                detail: string;
                /**
                 * @description What can be done about it; may be empty.
                 * @example Ask its owner for access.
                 */
                hint: string;
                /** @description Whether the same may succeed later. */
                retryable: boolean;
            } | null;
            /**
             * Format: date-time
             * @description When it was made.
             * @example 2026-11-26T10:00:00.000Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it ended; null: it has not.
             * @example 2026-11-26T10:00:00.000Z
             */
            finishedAt: string | null;
        };
        /**
         * @example {
         *       "level": "debug"
         *     }
         */
        LogLevelChange: {
            /**
             * @description The least severe line that is written; null: what each process was configured with.
             * @enum {string|null}
             */
            level: "debug" | "info" | "warn" | "error" | "silent" | null;
        };
        Health: {
            /**
             * @description How it is.
             * @enum {string}
             */
            status: "ok" | "degraded" | "failed";
            /**
             * @description The version.
             * @example 0.1.0
             */
            version: string;
        };
        DetailedHealth: {
            /**
             * @description How it is.
             * @enum {string}
             */
            status: "ok" | "degraded" | "failed";
            /**
             * @description The version.
             * @example 0.1.0
             */
            version: string;
            /** @description What was looked at. */
            checks: components["schemas"]["HealthCheck"][];
        };
        HealthCheck: {
            /**
             * @description What was looked at.
             * @example yt-dlp
             */
            name: string;
            /**
             * @description How it is.
             * @enum {string}
             */
            status: "ok" | "warning" | "failed";
            /**
             * @description What was found, for example a version.
             * @example 2026.11.12
             */
            detail: string;
            /**
             * @description What to do when it is not ok.
             * @example Install yt-dlp, or set VIDFERRY_YTDLP.
             */
            fix?: string;
        };
        Liveness: {
            /**
             * @description How it is.
             * @enum {string}
             */
            status: "ok";
        };
        Readiness: {
            /**
             * @description How it is.
             * @enum {string}
             */
            status: "ready" | "not_ready";
            /** @description What was looked at. */
            checks: components["schemas"]["HealthCheck"][];
        };
        /**
         * @example {
         *       "auth": "keys",
         *       "owner": "alice",
         *       "scopes": [
         *         "admin"
         *       ],
         *       "keyId": "key_0199f3a2c4d87b1e9a5d6c3f20417e88"
         *     }
         */
        Session: {
            /**
             * @description `off`: the service asks for no key, and there is nothing to sign in to.
             * @enum {string}
             */
            auth: "keys" | "off";
            /**
             * @description Whose jobs are seen and made.
             * @example alice
             */
            owner: string;
            /** @description What may be done; `admin` stands for all of it. */
            scopes: ("downloads:read" | "downloads:write" | "files:read" | "webhooks" | "admin")[];
            /**
             * @description The key that signed in.
             * @example key_0199f3a2c4d87b1e9a5d6c3f20417e88
             */
            keyId: string | null;
        };
        NewSession: {
            /**
             * @description An API key, `vf_…`.
             * @example 2026-11-26
             */
            key: string;
            /**
             * @description Keep the session for 30 days, and not only until the browser ends.
             * @default false
             */
            remember: boolean;
        };
        /** @description A request as it was accepted, with its defaults filled in. */
        AcceptedRequest: {
            /**
             * @description The link.
             * @example https://www.youtube.com/watch?v=dQw4w9WgXcQ
             */
            url: string;
            /** @description What the result should be: a video, its sound, or a transcript. */
            output: components["schemas"]["VideoOutput"] | components["schemas"]["AudioOutput"] | components["schemas"]["TranscriptOutput"];
            /** @description Which subtitles to fetch, and as what files. */
            subtitles?: components["schemas"]["Subtitles"];
            /** @description The part to keep; of a list of parts, which may not overlap, each becomes a file of its own. */
            clip?: components["schemas"]["Clip"] | components["schemas"]["Clip"][];
            /**
             * @description `split` makes a file of each chapter, as far as it lies in the clip and is not cut out.
             * @default keep
             * @enum {string}
             */
            chapters: "keep" | "split" | "drop";
            /** @description Segments that SponsorBlock knows: a list of those to cut out, or what to cut out and what to mark. */
            sponsorBlock: ("sponsor" | "selfpromo" | "interaction" | "intro" | "outro" | "preview" | "music_offtopic" | "filler")[] | components["schemas"]["SponsorBlock"];
            /**
             * @description Cut clips, chapters and segments exactly, by re-encoding; otherwise at the nearest key frame.
             * @default false
             */
            exactCuts: boolean;
            /**
             * @description Whether to fetch the thumbnail, as a file or inside the result.
             * @default none
             * @enum {string}
             */
            thumbnail: "none" | "file" | "embed";
            /**
             * @description Of `thumbnail: file`; default: `jpg`.
             * @enum {string}
             */
            thumbnailFormat?: "jpg" | "png" | "webp";
            /**
             * @description What of the video's description to keep.
             * @default {
             *       "embed": false,
             *       "infoJson": false
             *     }
             */
            metadata: {
                /**
                 * @description Write title, channel and date into the file.
                 * @default false
                 */
                embed: boolean;
                /**
                 * @description Keep what is known of the video as a JSON file.
                 * @default false
                 */
                infoJson: boolean;
                /** @description Also as an NFO file, which Kodi, Jellyfin and other media servers read; default: false. */
                nfo?: boolean;
            };
            /** @description How a link is recorded that leads to a live stream, where the operator allows it. Any other link is downloaded as ever. */
            live?: {
                /**
                 * @description Begin with the oldest that the source still has, and not with what is on air now.
                 * @default false
                 */
                fromStart: boolean;
                /**
                 * @description Ends the recording; default: the operator's limit.
                 * @example 7200
                 */
                maxSeconds?: number;
            };
            /**
             * @description How the files are named, without extensions, for example `{channel}/{uploadDate} {title} [{id}]`; `/` separates folders. Fields: `{title}` (title of the video), `{id}` (its id on the site), `{channel}` (channel or uploader), `{extractor}` (name of the site, such as `youtube`), `{uploadDate}` (date of publication, `2026-03-01`), `{uploadYear}` (its year), `{uploadMonth}` (its month, `03`), `{duration}` (length in whole seconds), `{chapter}` (title of the chapter, of a video that is split), `{chapterNumber}` (its number, or that of one of several clips, `001`). Default: the title.
             * @example Rick Astley - Never Gonna Give You Up.mp4
             */
            fileName?: string;
            /**
             * @description Which of the waiting jobs go first.
             * @default normal
             * @enum {string}
             */
            priority: "high" | "normal" | "low";
            /**
             * Format: date-time
             * @description Start at this time, not before.
             * @example 2026-11-26T10:00:00.000Z
             */
            scheduledFor?: string;
            /**
             * @description Tries before the job fails; default: the operator's.
             * @example 3
             */
            maxAttempts?: number;
            /**
             * @description Labels of the client's own: up to 20 names with a value, to find it by.
             * @default {}
             * @example {
             *       "project": "demo"
             *     }
             */
            labels: {
                [key: string]: string;
            };
            /**
             * @description `auto`, the default: the files of an earlier job for the same result are taken where they are still kept, and one that is being made is waited for. `never` makes it anew.
             * @enum {string}
             */
            reuse?: "auto" | "never";
            /**
             * @description Name of the egress, or of the pool of egresses, that it goes through. Absent: any that is for the site.
             * @example home
             */
            egress?: string;
            /**
             * Format: uri
             * @description Told of the end of this job besides the owner's webhooks; signed with the secret of `GET /webhooks/secret`.
             * @example https://app.example/hooks/vidferry
             */
            webhookUrl?: string;
        };
    };
    responses: {
        /** @description `invalid_request`: The request is not HTTP, names its host wrongly, or has more than 100 parameters. */
        UnreadableRequest: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_request`: The request did not arrive in time. */
        SlowRequest: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_request`: The address of the request has more than 8,192 characters. */
        LongAddress: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_request`: The headers of the request have more than 16 KiB. */
        LongHeaders: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /**
         * @description What is left: `r` requests, in a window that ends in `t` seconds.
         * @example "requests";r=5998;t=42
         */
        RateLimit: string;
        /**
         * @description What it was counted against: `q` requests in `w` seconds.
         * @example "requests";q=6000;w=60
         */
        "RateLimit-Policy": string;
        /** @description Names the request, in logs and errors too: the client's own when it sent one of 8 to 64 letters, digits, `-` and `_`. */
        "X-Request-Id": string;
        /** @description Seconds to wait before the request is repeated. */
        "Retry-After": string;
        /** @description How to send a key (RFC 6750). */
        "WWW-Authenticate": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listDownloads: {
        parameters: {
            query?: {
                /**
                 * @description Only jobs with these labels: `label.<name>=<value>`, for up to 20 names.
                 * @example {
                 *       "label.project": "x"
                 *     }
                 */
                labels?: {
                    [key: string]: string;
                };
                /** @description Only jobs in these states: repeated, or separated by commas. */
                state?: ("scheduled" | "queued" | "paused" | "running" | "succeeded" | "failed" | "canceled")[];
                /** @description Only jobs whose `error` has one of these codes. */
                code?: ("invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error")[];
                /** @description Only the children of this batch. */
                batchId?: string;
                /** @description Only what this schedule made. */
                scheduleId?: string;
                /** @description Part of the URL or the title, any case. */
                q?: string;
                /** @description Made at this time or later. */
                createdAfter?: string;
                /** @description Made before this time. */
                createdBefore?: string;
                /** @description Ended at this time or later; the latest end then comes first. */
                finishedAfter?: string;
                /** @description Ended before this time; the latest end then comes first. */
                finishedBefore?: string;
                /** @description `nextCursor` of the page before, with the same filters. */
                cursor?: string;
                /** @description Jobs a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. `Link` names the next one. */
            200: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    /** @description `rel="next"`, when there is a next page. */
                    Link?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadPage"];
                };
            };
            /** @description It is as it was at the `ETag` that was sent in `If-None-Match`. */
            304: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createDownload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
                /** @description `wait=N`: wait up to N seconds, at most 60, for the end of the job (RFC 7240). */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DownloadRequest"];
            };
        };
        responses: {
            /** @description The job, which has ended within the time of `Prefer: wait=N`: look at its `state`. */
            200: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description `wait=N`, when it was waited for the end of the job. */
                    "Preference-Applied"?: string;
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            /** @description The job. `Location` says where it is; `Idempotent-Replayed` is set when the key came before. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description `wait=N`, when it was waited for the end of the job. */
                    "Preference-Applied"?: string;
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `unsupported_url`: The URL is not supported. `host_not_allowed`: The host is not allowed. `not_configured`: The service is not set up for this. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `disk_full`: The disk is full. */
            507: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createDownloadAlias: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
                /** @description `wait=N`: wait up to N seconds, at most 60, for the end of the job (RFC 7240). */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DownloadRequest"];
            };
        };
        responses: {
            /** @description The job, which has ended within the time of `Prefer: wait=N`: look at its `state`. */
            200: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description `wait=N`, when it was waited for the end of the job. */
                    "Preference-Applied"?: string;
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            /** @description The job. `Location` says where it is; `Idempotent-Replayed` is set when the key came before. */
            202: {
                headers: {
                    /** @description Where the job is. */
                    Location?: string;
                    /** @description `wait=N`, when it was waited for the end of the job. */
                    "Preference-Applied"?: string;
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `unsupported_url`: The URL is not supported. `host_not_allowed`: The host is not allowed. `not_configured`: The service is not set up for this. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `disk_full`: The disk is full. */
            507: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    countDownloads: {
        parameters: {
            query?: {
                /**
                 * @description Only jobs with these labels: `label.<name>=<value>`, for up to 20 names.
                 * @example {
                 *       "label.project": "x"
                 *     }
                 */
                labels?: {
                    [key: string]: string;
                };
                /** @description Only jobs in these states: repeated, or separated by commas. */
                state?: ("scheduled" | "queued" | "paused" | "running" | "succeeded" | "failed" | "canceled")[];
                /** @description Only jobs whose `error` has one of these codes. */
                code?: ("invalid_request" | "unsupported_url" | "host_not_allowed" | "not_configured" | "unauthorized" | "forbidden" | "not_found" | "invalid_state" | "precondition_failed" | "idempotency_conflict" | "idempotency_in_progress" | "rate_limit_exceeded" | "quota_exceeded" | "payload_too_large" | "method_not_allowed" | "unsupported_media_type" | "range_not_satisfiable" | "artifact_expired" | "storage_full" | "unavailable" | "video_private" | "video_removed" | "members_only" | "age_restricted" | "geo_blocked" | "copyright_blocked" | "drm_protected" | "live_not_started" | "live_not_supported" | "format_unavailable" | "playlist_too_long" | "playlist_empty" | "network_error" | "source_error" | "source_forbidden" | "rate_limited" | "bot_check" | "login_required" | "file_too_large" | "too_long" | "timed_out" | "stalled" | "disk_full" | "storage_error" | "tool_missing" | "tool_outdated" | "processing_failed" | "transcription_failed" | "output_invalid" | "out_of_memory" | "worker_lost" | "internal_error")[];
                /** @description Only the children of this batch. */
                batchId?: string;
                /** @description Only what this schedule made. */
                scheduleId?: string;
                /** @description Part of the URL or the title, any case. */
                q?: string;
                /** @description Made at this time or later. */
                createdAfter?: string;
                /** @description Made before this time. */
                createdBefore?: string;
                /** @description Ended at this time or later; the latest end then comes first. */
                finishedAfter?: string;
                /** @description Ended before this time; the latest end then comes first. */
                finishedBefore?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The numbers. */
            200: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadCounts"];
                };
            };
            /** @description It is as it was at the `ETag` that was sent in `If-None-Match`. */
            304: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeDownloads: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkRequest"];
            };
        };
        responses: {
            /** @description What became of each job. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkAnswer"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDownload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job. */
            200: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            /** @description It is as it was at the `ETag` that was sent in `If-None-Match`. */
            304: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteDownload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    editDownload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only if the job still has this `ETag`; else 412. */
                "if-match"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DownloadEdit"];
            };
        };
        responses: {
            /** @description The job as it is now. */
            200: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: It has changed since it was read. */
            412: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDownloadStatus: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job. */
            200: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            /** @description It is as it was at the `ETag` that was sent in `If-None-Match`. */
            304: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelDownload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job after the move. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pauseDownload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job after the move. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resumeDownload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job after the move. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryDownload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job after the move. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    finishDownload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job after the move. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadJob"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followDownload: {
        parameters: {
            query?: {
                /** @description The same, for clients that cannot set the header. */
                lastEventId?: string;
                /** @description A ticket in place of a key: opens one stream, within a minute. */
                ticket?: string;
            };
            header?: {
                /** @description Go on after this event. */
                "last-event-id"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["StreamedEvent"];
                };
            };
            /** @description The job is over and the client has had its last event. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followAll: {
        parameters: {
            query?: {
                /** @description The same, for clients that cannot set the header. */
                lastEventId?: string;
                /** @description A ticket in place of a key: opens one stream, within a minute. */
                ticket?: string;
                /** @description Only events of these types, separated by commas: `job`, `progress`, `batch`. `snapshot` comes always. */
                types?: string;
            };
            header?: {
                /** @description Go on after this event. */
                "last-event-id"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["StreamedOwnerEvent"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ticket. */
            201: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDownloadFile: {
        parameters: {
            query?: {
                /** @description `1`: send the bytes from here even where the storage could serve them itself. */
                proxy?: "0" | "1";
                /** @description Of a signed link; then no key is needed. */
                token?: string;
            };
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
                /** @description The artifact's id. */
                artifactId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The whole file. */
            200: {
                headers: {
                    /** @description The SHA-256 of the file; the bytes under an id never change. */
                    ETag: string;
                    /** @description Ranges are served, in bytes. */
                    "Accept-Ranges": string;
                    /** @description `attachment`, with the real title as the name (RFC 6266): `filename*` has it whole where it is not ASCII. */
                    "Content-Disposition": string;
                    /** @description Bytes of this answer. Fewer that arrive mean that the transfer was cut off. */
                    "Content-Length": number;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description The range that was asked for. */
            206: {
                headers: {
                    /** @description The SHA-256 of the file; the bytes under an id never change. */
                    ETag: string;
                    /** @description Ranges are served, in bytes. */
                    "Accept-Ranges": string;
                    /** @description `attachment`, with the real title as the name (RFC 6266): `filename*` has it whole where it is not ASCII. */
                    "Content-Disposition": string;
                    /** @description Bytes of this answer. Fewer that arrive mean that the transfer was cut off. */
                    "Content-Length": number;
                    /** @description Which bytes these are, and of how many. */
                    "Content-Range": string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description A signed URL of the storage, valid for a short time. */
            302: {
                headers: {
                    /** @description Where the storage serves the file. */
                    Location: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The file is the one with the `ETag` sent. */
            304: {
                headers: {
                    /** @description The SHA-256 of the file; the bytes under an id never change. */
                    ETag: string;
                    /** @description Ranges are served, in bytes. */
                    "Accept-Ranges": string;
                    /** @description `attachment`, with the real title as the name (RFC 6266): `filename*` has it whole where it is not ASCII. */
                    "Content-Disposition": string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `artifact_expired`: The file has expired. */
            410: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `range_not_satisfiable`: The range lies outside the file. */
            416: {
                headers: {
                    /** @description How many bytes the file has. */
                    "Content-Range": string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `storage_error`: The storage failed. `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createFileLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
                /** @description The artifact's id. */
                artifactId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["FileLinkRequest"];
            };
        };
        responses: {
            /** @description The link. */
            201: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FileLink"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `artifact_expired`: The file has expired. */
            410: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDownloadArchive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive. */
            200: {
                headers: {
                    /** @description `attachment`, with the real title as the name (RFC 6266): `filename*` has it whole where it is not ASCII. */
                    "Content-Disposition": string;
                    /** @description Bytes of this answer. Fewer that arrive mean that the transfer was cut off. */
                    "Content-Length": number;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `artifact_expired`: The file has expired. */
            410: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `quota_exceeded`: A limit of this account is used up. `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `storage_error`: The storage failed. `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    probe: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProbeRequest"];
            };
        };
        responses: {
            /** @description What the link offers. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Probe"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `unsupported_url`: The URL is not supported. `host_not_allowed`: The host is not allowed. `video_private`: The video is private. `video_removed`: The video is not available. `age_restricted`: The video is age restricted. `geo_blocked`: The video is blocked in this country. `bot_check`: The source takes this egress for a bot. `playlist_too_long`: The list is too long. `network_error`: The source could not be reached. `timed_out`: The job took longer than allowed. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `tool_missing`: A needed program is missing. `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBatches: {
        parameters: {
            query?: {
                /** @description Only batches in this state. */
                state?: "expanding" | "running" | "finished" | "failed" | "canceled";
                /** @description Only what this schedule made. */
                scheduleId?: string;
                /** @description `nextCursor` of the page before, with the same filters. */
                cursor?: string;
                /** @description Batches a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchPage"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BatchRequest"];
            };
        };
        responses: {
            /** @description The batch. `Location` says where it is. */
            202: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    /** @description Where the batch is. */
                    Location?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `unsupported_url`: The URL is not supported. `host_not_allowed`: The host is not allowed. `not_configured`: The service is not set up for this. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch. */
            200: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            /** @description It is as it was at the `ETag` that was sent in `If-None-Match`. */
            304: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSkippedEntries: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Entries a page. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SkippedPage"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch after it. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The batch after it. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followBatch: {
        parameters: {
            query?: {
                /** @description The same, for clients that cannot set the header. */
                lastEventId?: string;
                /** @description A ticket in place of a key: opens one stream, within a minute. */
                ticket?: string;
            };
            header?: {
                /** @description Go on after this event. */
                "last-event-id"?: string;
            };
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["StreamedBatchEvent"];
                };
            };
            /** @description The batch is over and the client has had its last event. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBatchArchive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The batch's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive. */
            200: {
                headers: {
                    /** @description `attachment`, with the real title as the name (RFC 6266): `filename*` has it whole where it is not ASCII. */
                    "Content-Disposition": string;
                    /** @description Bytes of this answer. Fewer that arrive mean that the transfer was cut off. */
                    "Content-Length": number;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `artifact_expired`: The file has expired. */
            410: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `quota_exceeded`: A limit of this account is used up. `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `storage_error`: The storage failed. `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSchedules: {
        parameters: {
            query?: {
                /** @description Those in this state. */
                state?: "active" | "paused" | "finished";
                /** @description `nextCursor` of the page before, with the same filters. */
                cursor?: string;
                /** @description Schedules a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchedulePage"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSchedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateSchedule"];
            };
        };
        responses: {
            /** @description The schedule. */
            201: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    /** @description Its address. */
                    Location?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `unsupported_url`: The URL is not supported. `host_not_allowed`: The host is not allowed. `not_configured`: The service is not set up for this. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The schedule's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The schedule. */
            200: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            /** @description It is as it was at the `ETag` that was sent in `If-None-Match`. */
            304: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The schedule's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The schedule's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeSchedule"];
            };
        };
        responses: {
            /** @description The schedule then. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `unsupported_url`: The URL is not supported. `host_not_allowed`: The host is not allowed. `not_configured`: The service is not set up for this. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pauseSchedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The schedule's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The schedule then. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resumeSchedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The schedule's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The schedule then. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runSchedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The schedule's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The schedule, with this run as its latest. */
            202: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. `unsupported_url`: The URL is not supported. `host_not_allowed`: The host is not allowed. `not_configured`: The service is not set up for this. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    openScheduleFeed: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The schedule's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link, this once. */
            201: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleFeedLink"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    closeScheduleFeed: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The schedule's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It has no feed. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getScheduleFeed: {
        parameters: {
            query: {
                /** @description Of the feed's link. */
                token: string;
            };
            header?: never;
            path: {
                /** @description The schedule's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The feed. */
            200: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/rss+xml": string;
                };
            };
            /** @description It is as it was at the `ETag` that was sent in `If-None-Match`. */
            304: {
                headers: {
                    /** @description Changes with everything that is shown. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getScheduleFeedFile: {
        parameters: {
            query: {
                /** @description Of the feed's link. */
                token: string;
            };
            header?: never;
            path: {
                /** @description The schedule's id. */
                id: string;
                /** @description The job's id. */
                jobId: string;
                /** @description The artifact's id, with an ending that players know files by. */
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The whole file. */
            200: {
                headers: {
                    /** @description The SHA-256 of the file; the bytes under an id never change. */
                    ETag: string;
                    /** @description Ranges are served, in bytes. */
                    "Accept-Ranges": string;
                    /** @description `attachment`, with the real title as the name (RFC 6266): `filename*` has it whole where it is not ASCII. */
                    "Content-Disposition": string;
                    /** @description Bytes of this answer. Fewer that arrive mean that the transfer was cut off. */
                    "Content-Length": number;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description The range that was asked for. */
            206: {
                headers: {
                    /** @description The SHA-256 of the file; the bytes under an id never change. */
                    ETag: string;
                    /** @description Ranges are served, in bytes. */
                    "Accept-Ranges": string;
                    /** @description `attachment`, with the real title as the name (RFC 6266): `filename*` has it whole where it is not ASCII. */
                    "Content-Disposition": string;
                    /** @description Bytes of this answer. Fewer that arrive mean that the transfer was cut off. */
                    "Content-Length": number;
                    /** @description Which bytes these are, and of how many. */
                    "Content-Range": string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description A signed URL of the storage, valid for a short time. */
            302: {
                headers: {
                    /** @description Where the storage serves the file. */
                    Location: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The file is the one with the `ETag` sent. */
            304: {
                headers: {
                    /** @description The SHA-256 of the file; the bytes under an id never change. */
                    ETag: string;
                    /** @description Ranges are served, in bytes. */
                    "Accept-Ranges": string;
                    /** @description `attachment`, with the real title as the name (RFC 6266): `filename*` has it whole where it is not ASCII. */
                    "Content-Disposition": string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `artifact_expired`: The file has expired. */
            410: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `range_not_satisfiable`: The range lies outside the file. */
            416: {
                headers: {
                    /** @description How many bytes the file has. */
                    "Content-Range": string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `storage_error`: The storage failed. `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhooks. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookList"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateWebhook"];
            };
        };
        responses: {
            /** @description The webhook, with its secret. */
            201: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    /** @description Its address. */
                    Location?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The secret. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDefaultSecret"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeWebhook"];
            };
        };
        responses: {
            /** @description The webhook then. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateWebhookDefaultSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateSecret"];
            };
        };
        responses: {
            /** @description The secrets then. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDefaultSecret"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RotateSecret"];
            };
        };
        responses: {
            /** @description The webhook, with its new secret. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Deliveries a page. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryPage"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDownloadDeliveries: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Deliveries a page. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryPage"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery, which is sent within seconds. */
            202: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replayWebhookDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The webhook's id. */
                id: string;
                /** @description The delivery's id. */
                deliveryId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery, which is sent within seconds. */
            202: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replayDownloadDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
                /** @description The delivery's id. */
                deliveryId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery, which is sent within seconds. */
            202: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description Only keys of this owner. */
                owner?: string;
                /** @description `true`: also those that were revoked. */
                revoked?: "true" | "false";
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Keys a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "key_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *           "name": "web shop",
                     *           "owner": "shop",
                     *           "scopes": [
                     *             "downloads:read",
                     *             "downloads:write",
                     *             "files:read"
                     *           ],
                     *           "lastFour": "k3Xq",
                     *           "allowedOrigins": [],
                     *           "allowedCidrs": [
                     *             "203.0.113.0/24"
                     *           ],
                     *           "createdAt": "2026-11-26T10:00:00.000Z",
                     *           "expiresAt": "2027-11-26T10:00:00.000Z",
                     *           "lastUsedAt": null,
                     *           "revokedAt": null,
                     *           "previousSecretExpiresAt": null
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewKey"];
            };
        };
        responses: {
            /** @description The key and its secret. */
            201: {
                headers: {
                    /** @description Where the key is. */
                    Location?: string;
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "key_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *       "name": "web shop",
                     *       "owner": "shop",
                     *       "scopes": [
                     *         "downloads:read",
                     *         "downloads:write",
                     *         "files:read"
                     *       ],
                     *       "lastFour": "k3Xq",
                     *       "allowedOrigins": [],
                     *       "allowedCidrs": [
                     *         "203.0.113.0/24"
                     *       ],
                     *       "createdAt": "2026-11-26T10:00:00.000Z",
                     *       "expiresAt": "2027-11-26T10:00:00.000Z",
                     *       "lastUsedAt": null,
                     *       "revokedAt": null,
                     *       "previousSecretExpiresAt": null,
                     *       "secret": "vf_7Qd0Zr2mYc8TnKx5LwHb1PgVsJ9uEa4RfX3oDi6Bk3Xq"
                     *     }
                     */
                    "application/json": components["schemas"]["KeyWithSecret"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The owner, as its keys name it. */
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "owner": "shop",
                     *       "limits": {
                     *         "runningJobs": null,
                     *         "queuedJobs": 100,
                     *         "jobsPerDay": 500,
                     *         "bytesPerMonth": 1000000000000,
                     *         "storedBytes": null,
                     *         "requestsPerMinute": null,
                     *         "probes": null,
                     *         "streams": null,
                     *         "weight": 1
                     *       },
                     *       "usage": {
                     *         "runningJobs": 2,
                     *         "queuedJobs": 14,
                     *         "jobsPerDay": 61,
                     *         "bytesPerMonth": 73400320000,
                     *         "storedBytes": null,
                     *         "probes": null,
                     *         "streams": null
                     *       },
                     *       "renewsAt": {
                     *         "jobsPerDay": "2026-11-27T00:00:00.000Z",
                     *         "bytesPerMonth": "2026-12-01T00:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Account"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The owner, as its keys name it. */
                owner: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountPatch"];
            };
        };
        responses: {
            /** @description The account as it is now. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "owner": "shop",
                     *       "limits": {
                     *         "runningJobs": null,
                     *         "queuedJobs": 100,
                     *         "jobsPerDay": 500,
                     *         "bytesPerMonth": 1000000000000,
                     *         "storedBytes": null,
                     *         "requestsPerMinute": null,
                     *         "probes": null,
                     *         "streams": null,
                     *         "weight": 1
                     *       },
                     *       "usage": {
                     *         "runningJobs": 2,
                     *         "queuedJobs": 14,
                     *         "jobsPerDay": 61,
                     *         "bytesPerMonth": 73400320000,
                     *         "storedBytes": null,
                     *         "probes": null,
                     *         "streams": null
                     *       },
                     *       "renewsAt": {
                     *         "jobsPerDay": "2026-11-27T00:00:00.000Z",
                     *         "bytesPerMonth": "2026-12-01T00:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Account"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getQuota: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account of the key's owner. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "owner": "shop",
                     *       "limits": {
                     *         "runningJobs": null,
                     *         "queuedJobs": 100,
                     *         "jobsPerDay": 500,
                     *         "bytesPerMonth": 1000000000000,
                     *         "storedBytes": null,
                     *         "requestsPerMinute": null,
                     *         "probes": null,
                     *         "streams": null,
                     *         "weight": 1
                     *       },
                     *       "usage": {
                     *         "runningJobs": 2,
                     *         "queuedJobs": 14,
                     *         "jobsPerDay": 61,
                     *         "bytesPerMonth": 73400320000,
                     *         "storedBytes": null,
                     *         "probes": null,
                     *         "streams": null
                     *       },
                     *       "renewsAt": {
                     *         "jobsPerDay": "2026-11-27T00:00:00.000Z",
                     *         "bytesPerMonth": "2026-12-01T00:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Account"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "key_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *       "name": "web shop",
                     *       "owner": "shop",
                     *       "scopes": [
                     *         "downloads:read",
                     *         "downloads:write",
                     *         "files:read"
                     *       ],
                     *       "lastFour": "k3Xq",
                     *       "allowedOrigins": [],
                     *       "allowedCidrs": [
                     *         "203.0.113.0/24"
                     *       ],
                     *       "createdAt": "2026-11-26T10:00:00.000Z",
                     *       "expiresAt": "2027-11-26T10:00:00.000Z",
                     *       "lastUsedAt": null,
                     *       "revokedAt": null,
                     *       "previousSecretExpiresAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is revoked. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyPatch"];
            };
        };
        responses: {
            /** @description The key as it is now. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "key_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *       "name": "web shop",
                     *       "owner": "shop",
                     *       "scopes": [
                     *         "downloads:read",
                     *         "downloads:write",
                     *         "files:read"
                     *       ],
                     *       "lastFour": "k3Xq",
                     *       "allowedOrigins": [],
                     *       "allowedCidrs": [
                     *         "203.0.113.0/24"
                     *       ],
                     *       "createdAt": "2026-11-26T10:00:00.000Z",
                     *       "expiresAt": "2027-11-26T10:00:00.000Z",
                     *       "lastUsedAt": null,
                     *       "revokedAt": null,
                     *       "previousSecretExpiresAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The key's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["KeyRotation"];
            };
        };
        responses: {
            /** @description The key and its new secret. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "key_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *       "name": "web shop",
                     *       "owner": "shop",
                     *       "scopes": [
                     *         "downloads:read",
                     *         "downloads:write",
                     *         "files:read"
                     *       ],
                     *       "lastFour": "k3Xq",
                     *       "allowedOrigins": [],
                     *       "allowedCidrs": [
                     *         "203.0.113.0/24"
                     *       ],
                     *       "createdAt": "2026-11-26T10:00:00.000Z",
                     *       "expiresAt": "2027-11-26T10:00:00.000Z",
                     *       "lastUsedAt": null,
                     *       "revokedAt": null,
                     *       "previousSecretExpiresAt": "2026-11-27T10:00:00.000Z",
                     *       "secret": "vf_7Qd0Zr2mYc8TnKx5LwHb1PgVsJ9uEa4RfX3oDi6Bk3Xq"
                     *     }
                     */
                    "application/json": components["schemas"]["KeyWithSecret"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStats: {
        parameters: {
            query?: {
                /** @description From this time on. */
                from?: string;
                /** @description Before this time. */
                to?: string;
                /** @description What to count by; `owner` needs the scope `admin`. */
                by?: "day" | "hour" | "state" | "code" | "host" | "owner";
                /** @description Whose; `*`: everybody's. Another one than the key's own needs the scope `admin`. Default: the key's own. */
                owner?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "from": "2026-11-01T00:00:00.000Z",
                     *       "to": "2026-11-03T00:00:00.000Z",
                     *       "by": "day",
                     *       "owner": "key_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *       "total": {
                     *         "count": 60,
                     *         "bytes": 4831838208,
                     *         "runSeconds": {
                     *           "count": 60,
                     *           "sum": 1620.5,
                     *           "p50": 21.3,
                     *           "p90": 60.1,
                     *           "p99": 143
                     *         }
                     *       },
                     *       "data": [
                     *         {
                     *           "key": "2026-11-01T00:00:00.000Z",
                     *           "count": 20,
                     *           "bytes": 1610612736,
                     *           "runSeconds": {
                     *             "count": 20,
                     *             "sum": 540.25,
                     *             "p50": 21.3,
                     *             "p90": 60.1,
                     *             "p99": 143
                     *           }
                     *         },
                     *         {
                     *           "key": "2026-11-02T00:00:00.000Z",
                     *           "count": 40,
                     *           "bytes": 3221225472,
                     *           "runSeconds": {
                     *             "count": 40,
                     *             "sum": 1080.25,
                     *             "p50": 21.3,
                     *             "p90": 60.1,
                     *             "p99": 143
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Stats"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHistory: {
        parameters: {
            query?: {
                /** @description From this time on. */
                from?: string;
                /** @description Before this time. */
                to?: string;
                /** @description `csv`: everything in one file, as it is read; `limit` does not count then. */
                format?: "json" | "csv";
                /** @description Whose; `*`: everybody's. Another one than the key's own needs the scope `admin`. Default: the key's own. */
                owner?: string;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Entries a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or the whole file. `Link` names the next page. */
            200: {
                headers: {
                    /** @description `rel="next"`, when there is a next page. */
                    Link?: string;
                    /** @description Of the CSV file: `attachment`. */
                    "Content-Disposition"?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "jobId": "job_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *           "owner": "web",
                     *           "state": "succeeded",
                     *           "code": null,
                     *           "host": "youtube.com",
                     *           "output": "video",
                     *           "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
                     *           "title": "A title",
                     *           "labels": {
                     *             "project": "x"
                     *           },
                     *           "files": 1,
                     *           "bytes": 10485760,
                     *           "attempts": 1,
                     *           "createdAt": "2026-11-01T12:00:00.000Z",
                     *           "startedAt": "2026-11-01T12:00:01.000Z",
                     *           "endedAt": "2026-11-01T12:00:31.500Z",
                     *           "runSeconds": 30.5
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["HistoryPage"];
                    /**
                     * @example jobId,owner,state,code,host,output,url,title,labels,files,bytes,attempts,createdAt,startedAt,endedAt,runSeconds
                     *     job_0199f3a2c4d87b1e9a5d6c3f20417e88,web,succeeded,,youtube.com,video,…
                     */
                    "text/csv": string;
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description From this time on. */
                from?: string;
                /** @description Before this time. */
                to?: string;
                /** @description Only this. */
                action?: "key.created" | "key.changed" | "key.rotated" | "key.revoked" | "account.changed" | "account.erased" | "job.canceled" | "job.finished" | "job.deleted" | "jobs.bulk" | "batch.canceled" | "batch.deleted" | "webhook.created" | "webhook.changed" | "webhook.rotated" | "webhook.deleted" | "schedule.created" | "schedule.changed" | "schedule.run" | "schedule.deleted" | "schedule.feed_opened" | "schedule.feed_closed" | "egress.created" | "egress.changed" | "egress.deleted" | "egress.reset" | "worker.drained" | "log_level.changed" | "engine.tried" | "engine.used" | "engine.rolled_back" | "engine.left" | "sign_in.failed";
                /** @description Only what was done to the thing of this id. */
                subject?: string;
                /** @description Only what was done with this key. */
                keyId?: string;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Entries a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "aud_0199f3a2d1f07c44b1c8a90be2d7f6a3",
                     *           "at": "2026-11-01T12:00:00.000Z",
                     *           "action": "job.deleted",
                     *           "by": {
                     *             "via": "api",
                     *             "owner": "web",
                     *             "keyId": "key_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *             "requestId": "req_0199f3a2c4d87b1e9a5d6c3f20417e88"
                     *           },
                     *           "subject": "job_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *           "owner": "web",
                     *           "detail": {
                     *             "state": "succeeded"
                     *           }
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWorkers: {
        parameters: {
            query?: {
                /** @description Only those in this state. */
                state?: "active" | "draining" | "gone";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "wrk_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *           "host": "worker-1",
                     *           "pid": 4711,
                     *           "version": "0.1.0",
                     *           "engine": {
                     *             "ytDlp": "2026.10.26",
                     *             "ffmpeg": "7.1"
                     *           },
                     *           "state": "active",
                     *           "concurrency": 2,
                     *           "freeBytes": 53687091200,
                     *           "standalone": true,
                     *           "running": [
                     *             {
                     *               "jobId": "job_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *               "attempt": 1,
                     *               "startedAt": "2026-11-01T12:00:00.000Z"
                     *             }
                     *           ],
                     *           "startedAt": "2026-11-01T08:00:00.000Z",
                     *           "seenAt": "2026-11-01T12:00:10.000Z",
                     *           "drainRequestedAt": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["WorkerList"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drainWorker: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The worker's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is asked; `GET /workers` shows how far it is. */
            202: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "wrk_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *       "host": "worker-1",
                     *       "pid": 4711,
                     *       "version": "0.1.0",
                     *       "engine": {
                     *         "ytDlp": "2026.10.26",
                     *         "ffmpeg": "7.1"
                     *       },
                     *       "state": "active",
                     *       "concurrency": 2,
                     *       "freeBytes": 53687091200,
                     *       "standalone": true,
                     *       "running": [
                     *         {
                     *           "jobId": "job_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *           "attempt": 1,
                     *           "startedAt": "2026-11-01T12:00:00.000Z"
                     *         }
                     *       ],
                     *       "startedAt": "2026-11-01T08:00:00.000Z",
                     *       "seenAt": "2026-11-01T12:00:10.000Z",
                     *       "drainRequestedAt": "2026-11-01T12:00:11.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Worker"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEgresses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "egr_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *           "name": "homes-1",
                     *           "pool": "homes",
                     *           "builtIn": false,
                     *           "enabled": true,
                     *           "state": "cooling",
                     *           "until": "2026-11-01T12:04:00.000Z",
                     *           "reason": "youtube.com takes it for a bot (bot_check).",
                     *           "sites": [
                     *             {
                     *               "site": "youtube.com",
                     *               "state": "cooling",
                     *               "until": "2026-11-01T12:04:00.000Z",
                     *               "reason": "youtube.com takes it for a bot (bot_check)."
                     *             }
                     *           ],
                     *           "proxy": {
                     *             "present": true
                     *           },
                     *           "cookies": {
                     *             "present": false,
                     *             "checkedAt": null,
                     *             "valid": null
                     *           },
                     *           "cookiesUse": "needed",
                     *           "resolvesPerHour": 250,
                     *           "spacingSeconds": 3,
                     *           "hosts": [
                     *             "youtube.com"
                     *           ],
                     *           "usedThisHour": 112,
                     *           "createdAt": "2026-10-01T08:00:00.000Z",
                     *           "updatedAt": "2026-10-01T08:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["EgressList"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createEgress: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateEgress"];
            };
        };
        responses: {
            /** @description The egress. */
            201: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    /** @description Its address. */
                    Location?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "egr_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *       "name": "homes-1",
                     *       "pool": "homes",
                     *       "builtIn": false,
                     *       "enabled": true,
                     *       "state": "cooling",
                     *       "until": "2026-11-01T12:04:00.000Z",
                     *       "reason": "youtube.com takes it for a bot (bot_check).",
                     *       "sites": [
                     *         {
                     *           "site": "youtube.com",
                     *           "state": "cooling",
                     *           "until": "2026-11-01T12:04:00.000Z",
                     *           "reason": "youtube.com takes it for a bot (bot_check)."
                     *         }
                     *       ],
                     *       "proxy": {
                     *         "present": true
                     *       },
                     *       "cookies": {
                     *         "present": false,
                     *         "checkedAt": null,
                     *         "valid": null
                     *       },
                     *       "cookiesUse": "needed",
                     *       "resolvesPerHour": 250,
                     *       "spacingSeconds": 3,
                     *       "hosts": [
                     *         "youtube.com"
                     *       ],
                     *       "usedThisHour": 112,
                     *       "createdAt": "2026-10-01T08:00:00.000Z",
                     *       "updatedAt": "2026-10-01T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Egress"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `quota_exceeded`: A limit of this account is used up. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getEgress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The egress's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The egress. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "egr_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *       "name": "homes-1",
                     *       "pool": "homes",
                     *       "builtIn": false,
                     *       "enabled": true,
                     *       "state": "cooling",
                     *       "until": "2026-11-01T12:04:00.000Z",
                     *       "reason": "youtube.com takes it for a bot (bot_check).",
                     *       "sites": [
                     *         {
                     *           "site": "youtube.com",
                     *           "state": "cooling",
                     *           "until": "2026-11-01T12:04:00.000Z",
                     *           "reason": "youtube.com takes it for a bot (bot_check)."
                     *         }
                     *       ],
                     *       "proxy": {
                     *         "present": true
                     *       },
                     *       "cookies": {
                     *         "present": false,
                     *         "checkedAt": null,
                     *         "valid": null
                     *       },
                     *       "cookiesUse": "needed",
                     *       "resolvesPerHour": 250,
                     *       "spacingSeconds": 3,
                     *       "hosts": [
                     *         "youtube.com"
                     *       ],
                     *       "usedThisHour": 112,
                     *       "createdAt": "2026-10-01T08:00:00.000Z",
                     *       "updatedAt": "2026-10-01T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Egress"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteEgress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The egress's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `invalid_state`: The job's state does not allow this. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateEgress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The egress's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeEgress"];
            };
        };
        responses: {
            /** @description The egress then. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "egr_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *       "name": "homes-1",
                     *       "pool": "homes",
                     *       "builtIn": false,
                     *       "enabled": true,
                     *       "state": "cooling",
                     *       "until": "2026-11-01T12:04:00.000Z",
                     *       "reason": "youtube.com takes it for a bot (bot_check).",
                     *       "sites": [
                     *         {
                     *           "site": "youtube.com",
                     *           "state": "cooling",
                     *           "until": "2026-11-01T12:04:00.000Z",
                     *           "reason": "youtube.com takes it for a bot (bot_check)."
                     *         }
                     *       ],
                     *       "proxy": {
                     *         "present": true
                     *       },
                     *       "cookies": {
                     *         "present": false,
                     *         "checkedAt": null,
                     *         "valid": null
                     *       },
                     *       "cookiesUse": "needed",
                     *       "resolvesPerHour": 250,
                     *       "spacingSeconds": 3,
                     *       "hosts": [
                     *         "youtube.com"
                     *       ],
                     *       "usedThisHour": 112,
                     *       "createdAt": "2026-10-01T08:00:00.000Z",
                     *       "updatedAt": "2026-10-01T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Egress"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resetEgress: {
        parameters: {
            query?: never;
            header?: {
                /** @description Repeating the request with the same key within a day gives the same answer, and does nothing again. Use a new UUID for each request. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The egress's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The egress then. */
            200: {
                headers: {
                    /** @description Set when the key came before: this is the answer that was given then. */
                    "Idempotent-Replayed"?: "true";
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "egr_0199f3a2c4d87b1e9a5d6c3f20417e88",
                     *       "name": "homes-1",
                     *       "pool": "homes",
                     *       "builtIn": false,
                     *       "enabled": true,
                     *       "state": "cooling",
                     *       "until": "2026-11-01T12:04:00.000Z",
                     *       "reason": "youtube.com takes it for a bot (bot_check).",
                     *       "sites": [
                     *         {
                     *           "site": "youtube.com",
                     *           "state": "cooling",
                     *           "until": "2026-11-01T12:04:00.000Z",
                     *           "reason": "youtube.com takes it for a bot (bot_check)."
                     *         }
                     *       ],
                     *       "proxy": {
                     *         "present": true
                     *       },
                     *       "cookies": {
                     *         "present": false,
                     *         "checkedAt": null,
                     *         "valid": null
                     *       },
                     *       "cookiesUse": "needed",
                     *       "resolvesPerHour": 250,
                     *       "spacingSeconds": 3,
                     *       "hosts": [
                     *         "youtube.com"
                     *       ],
                     *       "usedThisHour": 112,
                     *       "createdAt": "2026-10-01T08:00:00.000Z",
                     *       "updatedAt": "2026-10-01T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Egress"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `idempotency_in_progress`: The first request with this key still runs. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. `idempotency_conflict`: The idempotency key was used for another request. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getEngines: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The choice. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "inUse": "2026.10.26",
                     *       "before": "settings",
                     *       "trial": {
                     *         "version": "2026.11.20",
                     *         "share": 0.1,
                     *         "succeeded": 7,
                     *         "failed": 1
                     *       },
                     *       "left": null,
                     *       "latestSeen": "2026.11.20"
                     *     }
                     */
                    "application/json": components["schemas"]["Engines"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStorage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is stored. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "storedBytes": 1073741824,
                     *       "storedFiles": 42,
                     *       "retentionSeconds": 604800
                     *     }
                     */
                    "application/json": components["schemas"]["StoredResults"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getQueue: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Entries a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The queue. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "lanes": {
                     *         "high": {
                     *           "depth": 0,
                     *           "oldestAgeSeconds": null
                     *         },
                     *         "normal": {
                     *           "depth": 12,
                     *           "oldestAgeSeconds": 4.2
                     *         },
                     *         "low": {
                     *           "depth": 0,
                     *           "oldestAgeSeconds": null
                     *         }
                     *       },
                     *       "waiting": {
                     *         "schedule": 3,
                     *         "retry": 1,
                     *         "egress": 0,
                     *         "live": 0,
                     *         "quota": 2,
                     *         "fair_share": 12
                     *       },
                     *       "running": 4,
                     *       "isWhole": true,
                     *       "deadLetters": {
                     *         "data": [],
                     *         "nextCursor": null
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Queue"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setLogLevel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogLevelChange"];
            };
        };
        responses: {
            /** @description The processes are told. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "level": "debug"
                     *     }
                     */
                    "application/json": components["schemas"]["LogLevelChange"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is, or nearly. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            431: components["responses"]["LongHeaders"];
            /** @description It is not. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    getDetailedHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All parts that are needed work. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DetailedHealth"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            431: components["responses"]["LongHeaders"];
            /** @description One does not. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DetailedHealth"];
                };
            };
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Liveness"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            431: components["responses"]["LongHeaders"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It should. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            431: components["responses"]["LongHeaders"];
            /** @description Not now. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metrics of this process. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example vidferry_worker_jobs_running 2 */
                    "text/plain": string;
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This one. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSession"];
            };
        };
        responses: {
            /** @description Signed in. */
            200: {
                headers: {
                    /** @description The session; while keys are on. */
                    "Set-Cookie"?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out. */
            204: {
                headers: {
                    /** @description The session; while keys are on. */
                    "Set-Cookie"?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSessionShort: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This one. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            414: components["responses"]["LongAddress"];
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSessionShort: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSession"];
            };
        };
        responses: {
            /** @description Signed in. */
            200: {
                headers: {
                    /** @description The session; while keys are on. */
                    "Set-Cookie"?: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `unauthorized`: The API key is missing or wrong. */
            401: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `unsupported_media_type`: The body's type is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limit_exceeded`: Too many requests. */
            429: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: The service is not available right now. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSessionShort: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out. */
            204: {
                headers: {
                    /** @description The session; while keys are on. */
                    "Set-Cookie"?: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["UnreadableRequest"];
            /** @description `forbidden`: The API key may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["SlowRequest"];
            /** @description `payload_too_large`: The request body is too large. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["LongAddress"];
            /** @description `invalid_request`: The request is not valid. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            431: components["responses"]["LongHeaders"];
            /** @description `internal_error`: Something went wrong inside Vidferry. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    onJobSucceeded: {
        parameters: {
            query?: never;
            header: {
                /** @description The message's id, the same for every try and replay: what comes twice is known by it. */
                "webhook-id": string;
                /** @description When this try began, in seconds since 1970. Refuse what is more than five minutes away. */
                "webhook-timestamp": string;
                /** @description `v1,` and the Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; during a rotation two of them, separated by a space. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobMessage"];
            };
        };
        responses: {
            /** @description The address is gone: the webhook is disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is delivered. Answer within 15 seconds, and work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is tried again over three days. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobFailed: {
        parameters: {
            query?: never;
            header: {
                /** @description The message's id, the same for every try and replay: what comes twice is known by it. */
                "webhook-id": string;
                /** @description When this try began, in seconds since 1970. Refuse what is more than five minutes away. */
                "webhook-timestamp": string;
                /** @description `v1,` and the Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; during a rotation two of them, separated by a space. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobMessage"];
            };
        };
        responses: {
            /** @description The address is gone: the webhook is disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is delivered. Answer within 15 seconds, and work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is tried again over three days. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobCanceled: {
        parameters: {
            query?: never;
            header: {
                /** @description The message's id, the same for every try and replay: what comes twice is known by it. */
                "webhook-id": string;
                /** @description When this try began, in seconds since 1970. Refuse what is more than five minutes away. */
                "webhook-timestamp": string;
                /** @description `v1,` and the Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; during a rotation two of them, separated by a space. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobMessage"];
            };
        };
        responses: {
            /** @description The address is gone: the webhook is disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is delivered. Answer within 15 seconds, and work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is tried again over three days. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onBatchFinished: {
        parameters: {
            query?: never;
            header: {
                /** @description The message's id, the same for every try and replay: what comes twice is known by it. */
                "webhook-id": string;
                /** @description When this try began, in seconds since 1970. Refuse what is more than five minutes away. */
                "webhook-timestamp": string;
                /** @description `v1,` and the Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; during a rotation two of them, separated by a space. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BatchMessage"];
            };
        };
        responses: {
            /** @description The address is gone: the webhook is disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is delivered. Answer within 15 seconds, and work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is tried again over three days. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onScheduleFailed: {
        parameters: {
            query?: never;
            header: {
                /** @description The message's id, the same for every try and replay: what comes twice is known by it. */
                "webhook-id": string;
                /** @description When this try began, in seconds since 1970. Refuse what is more than five minutes away. */
                "webhook-timestamp": string;
                /** @description `v1,` and the Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; during a rotation two of them, separated by a space. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScheduleMessage"];
            };
        };
        responses: {
            /** @description The address is gone: the webhook is disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is delivered. Answer within 15 seconds, and work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is tried again over three days. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onEgressBlocked: {
        parameters: {
            query?: never;
            header: {
                /** @description The message's id, the same for every try and replay: what comes twice is known by it. */
                "webhook-id": string;
                /** @description When this try began, in seconds since 1970. Refuse what is more than five minutes away. */
                "webhook-timestamp": string;
                /** @description `v1,` and the Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; during a rotation two of them, separated by a space. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EgressMessage"];
            };
        };
        responses: {
            /** @description The address is gone: the webhook is disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is delivered. Answer within 15 seconds, and work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is tried again over three days. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onWebhookTest: {
        parameters: {
            query?: never;
            header: {
                /** @description The message's id, the same for every try and replay: what comes twice is known by it. */
                "webhook-id": string;
                /** @description When this try began, in seconds since 1970. Refuse what is more than five minutes away. */
                "webhook-timestamp": string;
                /** @description `v1,` and the Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`; during a rotation two of them, separated by a space. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookTestMessage"];
            };
        };
        responses: {
            /** @description The address is gone: the webhook is disabled. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is delivered. Answer within 15 seconds, and work afterwards. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is tried again over three days. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
