"""What a second fork of yt-dlp costs beside keeping the one that has looked at the link: see second-fork.ts.

    second-fork.py WARM ROUNDS INFO

WARM is the folder of the warm engine, INFO a description of a video as yt-dlp writes it. Prints JSON: for each way the median
of its processor time and wall time, in milliseconds, and the memory that a fork does not share, in KiB.
"""

import contextlib
import json
import os
import statistics
import sys
import time

warm, rounds, info = sys.argv[1:]
sys.path.insert(0, warm)
import yt_dlp  # noqa: E402
import yt_dlp.extractor.extractors  # noqa: E402
import yt_dlp.extractor.youtube  # noqa: E402
from prepare import prepare  # noqa: E402

COMMON = ['--ignore-config', '--no-plugin-dirs', '--no-update', '--no-cache-dir', '--color', 'never', '--quiet']
RUN = [*COMMON, '--simulate', '--format', 'all[format_id="hls-1"]', '--no-mtime', '--fixup', 'never']


def nothing(tell):
    tell({})


def second_fork(tell):
    """All of a run but the fetching: options, YoutubeDL, the description."""
    with contextlib.suppress(SystemExit):
        yt_dlp.main([*RUN, '--load-info-json', info])
    tell({'kib': private()})


def kept_fork(tell):
    """The same in a YoutubeDL that is there already; what made it does not count."""
    with yt_dlp.YoutubeDL(yt_dlp.parse_options(RUN).ydl_opts) as downloader:
        downloader.download_with_info_file(info)
        wall, processor = time.monotonic(), time.process_time()
        downloader.download_with_info_file(info)
        tell({'wall': time.monotonic() - wall, 'processor': time.process_time() - processor, 'kib': private()})


def private():
    with open('/proc/self/smaps_rollup') as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith('Private_'))


def measure(work):
    read, write = os.pipe()
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        work(lambda told: os.write(write, json.dumps(told).encode()))
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        told = json.load(answer)
    usage = os.wait4(child, 0)[2]
    return {'wall': time.monotonic() - start, 'processor': usage.ru_utime + usage.ru_stime, **told}


def middle(results, name, factor):
    values = [one[name] for one in results if name in one]
    return round(statistics.median(values) * factor, 1) if values else None


prepare('')
import gc  # noqa: E402

gc.collect()
gc.freeze()
ways = {'a fork that does nothing': nothing, 'a second fork': second_fork, 'the kept fork': kept_fork}
found = {name: [] for name in ways}
for number in range(int(rounds) + 1):
    for name, work in ways.items():
        result = measure(work)
        if number:
            found[name].append(result)
for name, results in found.items():
    print(json.dumps({
        'way': name,
        'processor': middle(results, 'processor', 1000),
        'wall': middle(results, 'wall', 1000),
        'kib': middle(results, 'kib', 1),
    }))
