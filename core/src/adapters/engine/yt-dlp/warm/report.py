"""Reports what a run of yt-dlp does by its hooks: progress, finished files, warnings, and errors with what caused them.

One JSON object a line. What yt-dlp says besides stays on its standard output and error.
"""

import contextlib
import json
import sys
import threading
import time

# Of one format, in seconds.
PROGRESS_INTERVAL = 0.25
PROGRESS_FIELDS = (
    'status',
    'downloaded_bytes',
    'total_bytes',
    'total_bytes_estimate',
    'speed',
    'fragment_index',
    'fragment_count',
    'recorded_seconds',
)
KINDS = {'ERROR:': 'error', 'WARNING:': 'warning'}
# The reader needs no more of a message; a site may have written it.
LONGEST_MESSAGE = 4000
MOST_CAUSES = 8


def can_report():
    """Whether this yt-dlp has the hooks; otherwise its output must be read."""
    try:
        from yt_dlp import YoutubeDL
        from yt_dlp.postprocessor.common import PostProcessor  # noqa: F401
    except ImportError:
        return False
    return all(hasattr(YoutubeDL, name) for name in ('to_stderr', 'add_progress_hook', 'add_post_processor'))


def report_to(connection):
    """From now on, what yt-dlp does in this process is written to the connection."""
    import yt_dlp
    from yt_dlp.postprocessor.common import PostProcessor

    # Fragments are fetched by several threads.
    lock = threading.Lock()

    def say(**record):
        line = json.dumps(record, default=str).encode() + b'\n'
        # Whoever reads it stops this process before it goes away.
        with lock, contextlib.suppress(OSError):
            connection.sendall(line)

    class Finished(PostProcessor):
        def run(self, info):
            say(t='file', format=info.get('format_id'), path=info.get('filepath'))
            return [], info

    class Reporting(yt_dlp.YoutubeDL):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.add_progress_hook(progress_hook(say))
            self.add_post_processor(Finished(self), when='after_move')

        def to_stderr(self, message, only_once=False):
            """All errors and warnings come through here, an error while what caused it is being handled."""
            prefix, _, text = message.partition(' ')
            kind = KINDS.get(prefix)
            if kind is None:
                return super().to_stderr(message, only_once)
            if only_once:
                if message in self._printed_messages:
                    return None
                self._printed_messages.add(message)
            causes = causes_of(sys.exc_info()[1]) if kind == 'error' else []
            return say(t=kind, message=text[:LONGEST_MESSAGE], causes=causes)

    # Its `main` looks the class up by this name.
    yt_dlp.YoutubeDL = Reporting


def progress_hook(say):
    last = {}

    def hook(status):
        name = (status.get('info_dict') or {}).get('format_id')
        now, state = time.monotonic(), status.get('status')
        at, before = last.get(name, (0, None))
        if state == before and now - at < PROGRESS_INTERVAL:
            return
        last[name] = now, state
        say(t='progress', format=name, p={field: status.get(field) for field in PROGRESS_FIELDS})

    return hook


def causes_of(error):
    """The exception and those that it was made of, outermost first."""
    causes, seen = [], set()
    while error is not None and id(error) not in seen and len(causes) < MOST_CAUSES:
        seen.add(id(error))
        causes.append({
            'type': type(error).__name__,
            'status': number(getattr(error, 'status', None)),
            'errno': number(getattr(error, 'errno', None)),
        })
        inner = (getattr(error, 'exc_info', None) or (None, None))[1]
        error = next((one for one in (getattr(error, 'cause', None), error.__cause__, inner)
                      if isinstance(one, BaseException)), None)
    return causes


def number(value):
    return value if isinstance(value, int) else None
