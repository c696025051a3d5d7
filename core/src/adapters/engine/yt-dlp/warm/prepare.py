"""Does once, before yt-dlp is forked, what each run would do anew and with the same result.

Each part is an attempt: where a version of yt-dlp has changed, a run does that part itself, as it would anyway.
Nothing here depends on what a run is told, reaches the network or starts a thread.
"""

import contextlib
import importlib
import os
import re
import sys

# No extractor takes it.
NOWHERE = 'https://nowhere.invalid/'

# What the usual options lead to, and costs much: the parser of options, the list of extractors, the certificate authorities.
COSTLY = (
    ('yt_dlp.options', 'create_parser'),
    ('yt_dlp.YoutubeDL', 'orderedSet_from_options'),
    ('yt_dlp.networking.common', 'make_ssl_context'),
)


def prepare():
    for part in (compile_patterns, describe_system, rehearse):
        with contextlib.suppress(Exception):
            part()


def compile_patterns():
    """Lets every extractor compile the patterns of its addresses: some 1,800, two thirds of a run on a link of any site."""
    from yt_dlp.extractor import gen_extractor_classes

    # What lists the extractors are stand-ins until one is wanted; those of YouTube are loaded, and have patterns of their own.
    loaded = vars(sys.modules.get('yt_dlp.extractor.youtube', sys)).values()
    for extractor in (*gen_extractor_classes(), *(one for one in loaded if hasattr(one, 'suitable'))):
        with contextlib.suppress(Exception):
            extractor.suitable(NOWHERE)
    # Each extractor keeps its own; here they would be kept once more.
    re.purge()


def describe_system():
    """Python asks two programs for it, and yt-dlp keeps it."""
    from yt_dlp.utils import system_identifier

    system_identifier()


def rehearse():
    """Goes through the description of a video as a run does: that loads modules and fills what Python and yt-dlp keep."""
    importlib.import_module('yt_dlp.extractor.generic')
    with contextlib.ExitStack() as recording:
        for module, name in COSTLY:
            with contextlib.suppress(ImportError, AttributeError):
                recording.callback(keep_results(importlib.import_module(module), name))
        without_plugins(describe_a_video)


def without_plugins(work):
    """Which plugins there are is told to each run. Those that are installed would be loaded if nobody objected."""
    from yt_dlp.globals import all_plugins_loaded

    os.environ['YTDLP_NO_PLUGINS'] = '1'
    try:
        work()
    finally:
        del os.environ['YTDLP_NO_PLUGINS']
        all_plugins_loaded.value = False


def describe_a_video():
    from yt_dlp import YoutubeDL, parse_options

    arguments = '--ignore-config --no-cache-dir --ies default --format bv+ba --simulate --quiet --no-warnings'
    streams = (
        {'vcodec': 'avc1', 'acodec': 'none', 'height': 360, 'width': 640, 'fps': 30, 'tbr': 1.0, 'filesize': 1},
        {'vcodec': 'none', 'acodec': 'mp4a', 'abr': 1.0},
    )
    formats = [{'format_id': str(number), 'url': NOWHERE, 'ext': 'mp4', **one} for number, one in enumerate(streams)]
    video = {'id': '0', 'title': '0', 'extractor': '0', 'extractor_key': '0', 'webpage_url': NOWHERE, 'duration': 1}
    with YoutubeDL(parse_options(arguments.split()).ydl_opts) as downloader:
        downloader.process_ie_result({**video, 'formats': formats}, download=True)
        for handler in downloader._request_director.handlers.values():
            handler._make_sslcontext()


def keep_results(module, name):
    """Records what a function returns. Returns what ends the recording: then the first who calls it in the same way gets that."""
    function = getattr(module, name)
    kept = []

    def record(*args, **kwargs):
        result = function(*args, **kwargs)
        if all(one[:2] != (args, kwargs) for one in kept):
            kept.append((args, kwargs, result))
        return result

    def give(*args, **kwargs):
        for number, one in enumerate(kept):
            if one[:2] == (args, kwargs):
                # Once: whoever has it may change it.
                del kept[number]
                return one[2]
        return function(*args, **kwargs)

    setattr(module, name, record)
    return lambda: setattr(module, name, give)
