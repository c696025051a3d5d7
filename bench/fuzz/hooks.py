"""What a JSON Schema cannot say of a valid request, for schemathesis, and how far it is."""

import sys
import threading
import time

import schemathesis

# Whether a link can be taken, a key was used before, or a limit is reached shows only in the service.
CODES = {
    "unsupported_url", "host_not_allowed", "idempotency_conflict",
    "network_error", "source_error", "format_unavailable", "video_removed", "timed_out", "login_required", "bot_check",
}
# Cursors are opaque, times are compared with each other and with now, addresses, origins, patterns and cookies are parsed, and
# names of egresses are those that there are. `onlyNew` goes with lists.
FIELDS = ("/cursor", "/from", "/to", "/expiresAt", "/scheduledFor", "/allowedCidrs", "/allowedOrigins", "/url", "/webhookUrl",
          "/clip/", "/source/url", "/source/match/title", "/download/url", "/download/webhookUrl", "/download/clip/",
          "/request/webhookUrl", "/request/clip/", "/cron", "/timeZone", "/runAt", "/cookies", "/proxyUrl", "/hosts",
          "/egress", "/download/egress", "/request/egress", "/onlyNew")


@schemathesis.check
def valid_data_is_accepted(ctx, response, case):
    """A request that keeps to the document is refused only for what the document cannot say."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code not in (400, 422):
        return
    problem = response.json()
    if problem.get("code") in CODES:
        return
    paths = [error["path"] for error in problem.get("errors", [])]
    if paths and all(path.startswith(FIELDS) for path in paths):
        return
    # A name of an egress may be taken.
    if paths == ["/name"] and problem.get("detail", "").endswith("already"):
        return
    raise AssertionError(f"a valid request was refused: {problem.get('detail')}")


# How far it is, for bench/fuzz/run.ts. A thread tells it, since a request may take long.
PROGRESS_SECONDS = 10
progress = {"requests": 0, "last": "nothing yet"}


@schemathesis.hook
def before_call(ctx, case, kwargs):
    progress["requests"] += 1
    progress["last"] = f"{case.method} {case.path}"


def tell_progress():
    started = time.monotonic()
    while True:
        time.sleep(PROGRESS_SECONDS)
        seconds = time.monotonic() - started
        print(f"progress: {progress['requests']} requests in {seconds:.0f} s, {progress['last']}", file=sys.stderr, flush=True)


threading.Thread(target=tell_progress, daemon=True).start()
