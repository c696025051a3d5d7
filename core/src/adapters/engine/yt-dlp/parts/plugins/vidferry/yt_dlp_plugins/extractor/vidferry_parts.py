"""Lets yt-dlp continue a part of a file only while the source still has that very file.

yt-dlp asks for the rest of a part and appends whatever comes, so a file that was replaced meanwhile ends up half old and half
new. Here the entity tag (or the time of the last change) and the size are kept in a note beside the part. The rest is asked for
with `If-Range`, the answer is compared with the note, and where it does not match, or the range cannot be had any more, the
file is asked for from its beginning. A part of which nothing of that is known is not continued.

Fragments of a stream are small: each begins anew. Those that are complete are kept only while the list of them is the same.
"""

import contextlib
import hashlib
import json
import os
import re
import threading
import urllib.parse

from yt_dlp.YoutubeDL import YoutubeDL
from yt_dlp.downloader.dash import DashSegmentsFD
from yt_dlp.downloader.hls import HlsFD
from yt_dlp.downloader.http import HttpFD
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import int_or_none, parse_http_range

# What the thread is fetching: fragments are fetched by several threads.
current = threading.local()


def remove(path):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


def identity_of(response):
    """Which version of the file an answer is of."""
    tag = response.headers.get('ETag')
    is_strong = tag is not None and re.fullmatch(r'"[^"]*"', tag)
    total = re.fullmatch(r'bytes \d+-\d+/(\d+)', response.headers.get('Content-Range') or '')
    return {
        'validator': tag if is_strong else response.headers.get('Last-Modified') or tag,
        'size': int(total[1]) if total else int_or_none(response.headers.get('Content-Length')),
    }


def is_same(one, other):
    sizes = {one['size'], other['size']} - {None}
    return one['validator'] == other['validator'] and len(sizes) < 2


class Part:
    """A part that is fetched, and what is known of the file that it is of."""

    def __init__(self, path):
        self.path = path
        self.note = f'{path}.source'
        self.known = self.read()
        if self.known is None or not self.known['validator']:
            self.known = None
            remove(self.path)

    def read(self):
        try:
            with open(self.note, encoding='utf-8') as file:
                found = json.load(file)
            return {'validator': found['validator'], 'size': found['size']}
        except (OSError, ValueError, KeyError, TypeError):
            # There is none, or a process that died left half of it.
            return None

    def begin(self, response):
        """A file is sent from its beginning. The order matters: a note must never be of other bytes than the part's."""
        remove(self.note)
        remove(self.path)
        self.known = identity_of(response)
        with open(f'{self.note}.new', 'w', encoding='utf-8') as file:
            json.dump(self.known, file)
        os.replace(f'{self.note}.new', self.note)

    def open(self, urlopen, ydl, request):
        headers = request.headers
        start = parse_http_range(headers.get('Range'))[0] or 0
        headers.pop('If-Range', None)
        validator = self.known and self.known['validator']
        # A weak tag can only tell afterwards (RFC 9110, 13.1.5).
        if start and validator and not validator.startswith('W/'):
            headers['If-Range'] = validator
        try:
            response = urlopen(ydl, request)
        except HTTPError as error:
            if error.status != 416 or not start:
                raise
            error.close()
        else:
            if not start or response.status != 206:
                self.begin(response)
                return response
            if self.known is not None and is_same(self.known, identity_of(response)):
                return response
            response.close()
        # yt-dlp takes an answer without `Content-Range` as the whole file, and begins anew.
        headers.pop('Range', None)
        headers.pop('If-Range', None)
        response = urlopen(ydl, request)
        self.begin(response)
        return response


def watch_parts():
    urlopen, download = YoutubeDL.urlopen, HttpFD.real_download

    def open_watched(self, request):
        part = getattr(current, 'part', None)
        # Nothing else than an address is a request of another kind.
        return urlopen(self, request) if part is None or isinstance(request, str) else part.open(urlopen, self, request)

    def download_watched(self, filename, info_dict):
        path = self.temp_name(filename)
        if re.search(r'-Frag\d+$', filename):
            remove(path)
            return download(self, filename, info_dict)
        current.part = part = Part(path)
        try:
            is_done = download(self, filename, info_dict)
        finally:
            current.part = None
        if is_done:
            remove(part.note)
        return is_done

    YoutubeDL.urlopen, HttpFD.real_download = open_watched, download_watched


def forget_other_fragments(downloader, filename, said):
    """Removes what was fetched of another list of fragments. `said` is what the list says, in any form."""
    path = downloader.temp_name(filename)
    note = f'{path}.source'
    digest = hashlib.sha256(said.encode()).hexdigest()
    try:
        with open(note, encoding='utf-8') as file:
            is_same_list = file.read() == digest
    except (OSError, ValueError):
        is_same_list = False
    if is_same_list:
        return
    remove(note)
    for name in (path, downloader.ytdl_filename(filename)):
        remove(name)
    folder, start = os.path.dirname(path), f'{os.path.basename(path)}-Frag'
    for entry in list(os.scandir(folder or '.')):
        if entry.name.startswith(start):
            remove(entry.path)
    with open(note, 'w', encoding='utf-8') as file:
        file.write(digest)


def without_queries(text):
    # Signed addresses are others each time.
    return re.sub(r'\?[^\s"]*', '', text)


def watch_fragments():
    can_download, download_list, download_segments = HlsFD.can_download, HlsFD.real_download, DashSegmentsFD.real_download

    def can_download_watched(manifest, *args, **kwargs):
        place = getattr(current, 'list', None)
        if place is not None:
            forget_other_fragments(*place, without_queries(manifest))
        return can_download(manifest, *args, **kwargs)

    def download_list_watched(self, filename, info_dict):
        current.list = (self, filename)
        try:
            return download_list(self, filename, info_dict)
        finally:
            current.list = None

    def download_segments_watched(self, filename, info_dict):
        fragments = info_dict.get('fragments')
        if isinstance(fragments, list):
            said = [[without_queries(urllib.parse.unquote(one.get('url') or '')), one.get('path'), one.get('duration')]
                    for one in fragments]
            forget_other_fragments(self, filename, json.dumps(said))
        return download_segments(self, filename, info_dict)

    HlsFD.can_download = staticmethod(can_download_watched)
    HlsFD.real_download, DashSegmentsFD.real_download = download_list_watched, download_segments_watched


watch_parts()
watch_fragments()
