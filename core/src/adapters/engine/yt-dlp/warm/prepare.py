"""Does once, before yt-dlp is forked, what each run would repeat with the same result.

Each part is best effort: one that does not fit the installed yt-dlp is skipped, and every run does that work itself.
Nothing here depends on what a client asks of a run, reaches the network or starts a thread.
"""

import contextlib
import importlib
import os
import re
import sys

# No extractor matches it.
NOWHERE = 'https://nowhere.invalid/'

# Expensive functions of every run: option parser, list of extractors, certificate authorities.
COSTLY = (
    ('yt_dlp.options', 'create_parser'),
    ('yt_dlp.YoutubeDL', 'orderedSet_from_options'),
    ('yt_dlp.networking.common', 'make_ssl_context'),
)


def prepare(runtime):
    """`runtime` is the JavaScript runtime of all runs, as yt-dlp takes it: `deno:/path`, or empty when it looks for one."""
    for part in (lambda: compile_patterns(is_of_youtube), describe_system, lambda: ask_version(runtime), skip_tables, rehearse):
        with contextlib.suppress(Exception):
            part()


def takes_any_site(arguments):
    """Whether a run with these arguments tries the extractors of all sites."""
    return ('--ies', 'default') in zip(arguments, arguments[1:])


def is_of_youtube(extractor):
    return getattr(extractor, '_module', extractor.__module__).startswith('yt_dlp.extractor.youtube')


def compile_patterns(is_wanted):
    """Compiles the URL patterns of extractors. All are some 1,800: two thirds of the time of a run on a link of any site."""
    from yt_dlp.extractor import gen_extractor_classes

    # The listed classes are lazy proxies; those of YouTube are loaded as well, and have patterns of their own.
    loaded = vars(sys.modules.get('yt_dlp.extractor.youtube', sys)).values()
    for extractor in (*gen_extractor_classes(), *(one for one in loaded if hasattr(one, 'suitable'))):
        with contextlib.suppress(Exception):
            if is_wanted(extractor):
                extractor.suitable(NOWHERE)
    # Each extractor keeps its compiled pattern; the cache of `re` would only duplicate them.
    re.purge()


def describe_system():
    """Asks for the name of the system: Python starts two programs for it, and yt-dlp caches the answer."""
    from yt_dlp.utils import system_identifier

    system_identifier()


def skip_tables():
    """Leaves out the tables of all formats and captions: yt-dlp makes them several times in every run, for `--print`, and no run of
    ours prints them."""
    from yt_dlp import YoutubeDL

    for name in ('render_formats_table', 'render_thumbnails_table', 'render_subtitles_table'):
        # A version without one calls none.
        if hasattr(YoutubeDL, name):
            setattr(YoutubeDL, name, lambda self, *_: None)


def ask_version(runtime):
    """Asks the runtime for its version: a run that solves challenges would start it for that alone, and again for them."""
    name, _, path = runtime.partition(':')
    module = importlib.import_module('yt_dlp.utils._jsruntime')
    kinds = {'deno': module.DenoJsRuntime, 'node': module.NodeJsRuntime}
    end_recording = keep_results(module, '_get_exe_version_output')
    try:
        kinds[name](path)._info()
    finally:
        end_recording()


def rehearse():
    """Processes made-up metadata of a video as a run does: this imports modules and fills the caches of Python and yt-dlp."""
    importlib.import_module('yt_dlp.extractor.generic')
    with contextlib.ExitStack() as recording:
        for module, name in COSTLY:
            with contextlib.suppress(ImportError, AttributeError):
                recording.callback(keep_results(importlib.import_module(module), name))
        without_plugins(describe_a_video)


def without_plugins(work):
    """Runs `work` without loading installed plugins: the plugins are an argument of each run."""
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
    """Records the results of a function until the returned function is called. From then on, the first call with the same
    arguments gets the recorded result."""
    function = getattr(module, name)
    kept = []

    def record(*args, **kwargs):
        result = function(*args, **kwargs)
        # An empty result is not kept: by the time of a run there may be one.
        if result and all(one[:2] != (args, kwargs) for one in kept):
            kept.append((args, kwargs, result))
        return result

    def give(*args, **kwargs):
        for number, one in enumerate(kept):
            if one[:2] == (args, kwargs):
                # Given out once, because the caller may modify it.
                del kept[number]
                return one[2]
        return function(*args, **kwargs)

    setattr(module, name, record)
    return lambda: setattr(module, name, give)
