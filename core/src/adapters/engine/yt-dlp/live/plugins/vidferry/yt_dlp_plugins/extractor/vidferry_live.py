"""Records live HLS streams segment by segment, so that the process may end at any time without losing what it has.

yt-dlp leaves them to FFmpeg, which has no network here. This downloader asks for the playlist again and again, and appends each new
segment to a file. Beside the files lies a journal, a line of JSON for each segment, written after it: what is in the journal is
whole, whatever ended the process. Another process continues after the last segment of the journal.

A new file begins where the media may change: at a discontinuity, with another initialisation section, after segments that were
missed, and when the stream started over. In the journal its first segment names how much is missing before it.

Extractor arguments (`vidferrylive`): `from_start` begins with the oldest segment that the playlist has, `max_seconds` ends the
recording.
"""

import json
import os
import time
import urllib.parse

import yt_dlp.downloader
from yt_dlp.downloader.fragment import FragmentFD
from yt_dlp.networking import Request
from yt_dlp.networking.exceptions import HTTPError, IncompleteRead, TransportError
from yt_dlp.utils import float_or_none, int_or_none, parse_m3u8_attributes

# How far before its end a playlist is joined, in segments (RFC 8216, 6.3.3: never closer than three).
EDGE_SEGMENTS = 3
# Requests for a playlist or a segment in a row that may fail; with the pauses between them some twenty seconds.
MOST_FAILURES = 6
LONGEST_PAUSE = 6
# Segments that a recording may have missed.
LONGEST_GAP = 100_000
LARGEST_PLAYLIST = 8 << 20
LARGEST_SEGMENT = 512 << 20
# Of the speed, in seconds.
SPEED_WINDOW = 10
# Reports that come faster may be left out by who takes them.
REPORT_INTERVAL = 0.3


class LiveHlsFD(FragmentFD):
    FD_NAME = 'live'

    def real_download(self, filename, info_dict):
        given = (self.params.get('extractor_args') or {}).get('vidferrylive') or {}
        recording = Recording(os.path.splitext(filename)[0])
        try:
            Recorder(
                self, info_dict, recording,
                from_start=given.get('from_start', ['0'])[0] == '1',
                max_seconds=float_or_none(given.get('max_seconds', [None])[0]),
            ).run()
        finally:
            recording.close()
        return True


class Recorder:
    def __init__(self, downloader, info, recording, from_start, max_seconds):
        self.downloader, self.info, self.recording = downloader, info, recording
        self.from_start, self.max_seconds = from_start, max_seconds
        self.decrypt = downloader.decrypter(info)
        self.began = time.monotonic()
        self.arrivals = [(self.began, recording.bytes)]
        self.reported, self.reported_at = recording.bytes, 0

    def run(self):
        failures = 0
        while True:
            asked = time.monotonic()
            playlist = self.ask(self.info['url'], self.read_playlist)
            new = self.new_segments(playlist)
            for segment in new:
                # A segment may go away while the ones before it are fetched.
                try:
                    content = self.ask(segment.url, lambda response: response.read(LARGEST_SEGMENT + 1), segment)
                except HTTPError as error:
                    if error.status not in (403, 404, 410):
                        raise
                    failures += 1
                    if failures >= MOST_FAILURES:
                        raise
                    continue
                failures = 0
                self.take(segment, content)
                if self.max_seconds is not None and self.recording.seconds >= self.max_seconds:
                    return self.recording.end('limit')
                if time.monotonic() - self.reported_at >= REPORT_INTERVAL:
                    self.report()
            if self.reported != self.recording.bytes:
                time.sleep(max(0, REPORT_INTERVAL - (time.monotonic() - self.reported_at)))
                self.report()
            if playlist.is_over:
                return self.recording.end('over')
            # As RFC 8216, 6.3.4 says: half of it when nothing has changed.
            pause = playlist.target_seconds * (1 if new else 0.5)
            time.sleep(max(0.2, min(pause, LONGEST_PAUSE) - (time.monotonic() - asked)))

    def ask(self, url, read, segment=None):
        headers = dict(self.info.get('http_headers') or {})
        if segment is not None and segment.byte_range:
            start, end = segment.byte_range
            headers['Range'] = f'bytes={start}-{end - 1}'
        failures = 0
        while True:
            try:
                with self.downloader.ydl.urlopen(Request(url, headers=headers)) as response:
                    return read(response)
            except (TransportError, IncompleteRead, HTTPError) as error:
                status = getattr(error, 'status', None)
                # What is refused or gone is so the next time too; its caller decides.
                is_final = status is not None and 400 <= status < 500 and status != 429
                failures += 1
                if is_final or failures >= MOST_FAILURES:
                    raise
                self.downloader.report_retry(error, failures, MOST_FAILURES - 1)
                time.sleep(min(LONGEST_PAUSE, 0.5 * 2 ** failures))

    def read_playlist(self, response):
        text = response.read(LARGEST_PLAYLIST).decode('utf-8', 'replace')
        playlist = Playlist(text, response.url)
        if not text.lstrip('\ufeff').startswith('#EXTM3U') or not playlist.segments and not playlist.is_over:
            # Some servers answer so for a moment while the stream begins.
            raise TransportError('the playlist has no segments')
        if playlist.is_protected:
            raise yt_dlp.utils.DownloadError('This video is DRM protected')
        return playlist

    def new_segments(self, playlist):
        segments, last = playlist.segments, self.recording.sequence
        if last is None:
            return segments if self.from_start or playlist.is_over else segments[-EDGE_SEGMENTS:]
        if segments and not last - len(segments) <= segments[-1].sequence <= last + LONGEST_GAP:
            # The numbers begin anew, or are of another kind: it is another broadcast.
            self.recording.start_over()
            return segments
        return [segment for segment in segments if segment.sequence > last]

    def take(self, segment, content):
        if len(content) > LARGEST_SEGMENT:
            raise yt_dlp.utils.DownloadError('a segment of the live stream is too large')
        recording = self.recording
        missing = recording.missing_before(segment)
        if recording.is_apart(segment):
            initial = b''
            if segment.map is not None:
                initial = self.ask(segment.map.url, lambda response: response.read(LARGEST_SEGMENT), segment.map)
                initial = self.decrypt(segment.map.decryption, initial)
            recording.begin(segment, initial)
        recording.append(segment, self.decrypt(segment.decryption, content), missing)

    def report(self):
        now, recording = time.monotonic(), self.recording
        self.arrivals = [one for one in self.arrivals if now - one[0] < SPEED_WINDOW] or self.arrivals[-1:]
        self.arrivals.append((now, recording.bytes))
        since, before = self.arrivals[0]
        passed = now - since
        self.reported = recording.bytes
        self.downloader._hook_progress({
            'status': 'downloading',
            'downloaded_bytes': recording.bytes,
            'recorded_seconds': round(recording.seconds, 3),
            'speed': (recording.bytes - before) / passed if passed > 0 else None,
            'elapsed': now - self.began,
            'filename': recording.name,
        }, self.info)
        # Afterwards: who takes reports counts from when one came, and the last one of a stream that pauses must not come too early.
        self.reported_at = time.monotonic()


class Recording:
    """The files of a recording and their journal."""

    def __init__(self, name):
        self.name = name
        self.sequence = self.map_url = None
        self.bytes, self.seconds, self.file_bytes, self.number = 0, 0.0, 0, -1
        self.has_started_over = False
        self.file = None
        journal = f'{name}.journal'
        whole = 0
        try:
            with open(journal, 'rb') as lines:
                for line in lines:
                    # A process that died may have left half of the last one.
                    if not line.endswith(b'\n'):
                        break
                    self.remember(json.loads(line))
                    whole += len(line)
            os.truncate(journal, whole)
        except FileNotFoundError:
            pass
        self.journal = open(journal, 'ab', buffering=0)
        if self.number >= 0:
            path = f'{name}.{self.number}'
            # What came after the last line is part of a segment.
            os.truncate(path, self.file_bytes)
            self.file = open(path, 'ab', buffering=0)

    def remember(self, line):
        if 'end' in line:
            return
        if line['file'] != self.number:
            self.number, self.file_bytes = line['file'], 0
        self.bytes += line['bytes'] - self.file_bytes
        self.file_bytes = line['bytes']
        self.seconds += line['seconds']
        self.sequence, self.map_url = line['sequence'], line['map']

    def missing_before(self, segment):
        if self.sequence is None or self.has_started_over:
            return 0
        return max(0, segment.sequence - self.sequence - 1) * segment.target_seconds

    def is_apart(self, segment):
        return (
            self.file is None or self.has_started_over or segment.sequence != self.sequence + 1
            or segment.is_discontinuous or segment.map_url != self.map_url)

    def begin(self, segment, initial):
        if self.file is not None:
            self.file.close()
        self.number += 1
        self.has_started_over = False
        self.file = open(f'{self.name}.{self.number}', 'wb', buffering=0)
        self.write(self.file, initial)
        self.file_bytes = len(initial)
        self.bytes += len(initial)

    def append(self, segment, content, missing):
        self.write(self.file, content)
        self.bytes += len(content)
        self.file_bytes += len(content)
        self.seconds += segment.seconds
        self.sequence, self.map_url = segment.sequence, segment.map_url
        self.note({
            'file': self.number, 'bytes': self.file_bytes, 'seconds': segment.seconds, 'sequence': segment.sequence,
            'map': segment.map_url, 'missing': missing,
        })

    def start_over(self):
        self.has_started_over, self.sequence = True, None

    def end(self, why):
        self.note({'end': why})

    def note(self, line):
        self.write(self.journal, json.dumps(line).encode() + b'\n')

    def write(self, file, content):
        rest = memoryview(content)
        while rest:
            rest = rest[file.write(rest):]

    def close(self):
        for file in (self.file, self.journal):
            if file is not None:
                file.close()


class Part:
    """A segment or an initialisation section."""

    def __init__(self, url, byte_range, decryption):
        self.url, self.byte_range, self.decryption = url, byte_range, decryption


class Playlist:
    """A media playlist (RFC 8216, 4.3)."""

    def __init__(self, text, url):
        self.segments, self.is_over, self.is_protected, self.target_seconds = [], False, False, 4.0
        sequence, seconds, is_discontinuous = 0, None, False
        decryption, section, byte_range, range_end, is_gap = {'METHOD': 'NONE'}, None, None, 0, False
        for line in map(str.strip, text.splitlines()):
            name, _, value = line.partition(':')
            if name == '#EXT-X-TARGETDURATION':
                self.target_seconds = float_or_none(value, default=4.0)
            elif name == '#EXT-X-MEDIA-SEQUENCE':
                sequence = int_or_none(value, default=0)
            elif name == '#EXT-X-DISCONTINUITY':
                is_discontinuous = True
            elif name == '#EXT-X-ENDLIST' or (name == '#EXT-X-PLAYLIST-TYPE' and value.strip() == 'VOD'):
                self.is_over = True
            elif name == '#EXT-X-GAP':
                is_gap = True
            elif name == '#EXTINF':
                seconds = float_or_none(value.split(',')[0])
            elif name == '#EXT-X-BYTERANGE':
                byte_range = self.range_of(value, range_end)
            elif name == '#EXT-X-KEY':
                decryption = self.key_of(value, url)
            elif name == '#EXT-X-MAP':
                given = parse_m3u8_attributes(value)
                place = self.range_of(given['BYTERANGE'], 0) if given.get('BYTERANGE') else None
                section = Part(urllib.parse.urljoin(url, given.get('URI', '')), place,
                               {'decrypt_info': decryption, 'media_sequence': sequence})
            elif line and not line.startswith('#'):
                # A segment that the server says is missing is left out, and so counts as missing.
                if not is_gap:
                    segment = Part(urllib.parse.urljoin(url, line), byte_range,
                                   {'decrypt_info': decryption, 'media_sequence': sequence})
                    segment.sequence, segment.is_discontinuous, segment.map = sequence, is_discontinuous, section
                    segment.map_url = section and section.url.partition('?')[0]
                    segment.seconds, segment.target_seconds = seconds or self.target_seconds, self.target_seconds
                    self.segments.append(segment)
                range_end = byte_range[1] if byte_range else 0
                sequence, byte_range, seconds, is_gap, is_discontinuous = sequence + 1, None, None, False, False

    def range_of(self, value, start):
        length, _, offset = value.partition('@')
        begin = int_or_none(offset, default=start)
        return begin, begin + int_or_none(length, default=0)

    def key_of(self, value, url):
        given = parse_m3u8_attributes(value)
        if given.get('METHOD') not in ('NONE', 'AES-128'):
            self.is_protected = True
        if given.get('METHOD') != 'AES-128':
            return {'METHOD': 'NONE'}
        key = {'METHOD': 'AES-128', 'URI': urllib.parse.urljoin(url, given.get('URI', ''))}
        if 'IV' in given:
            key['IV'] = bytes.fromhex(given['IV'][2:].zfill(32))
        return key


def record_live_streams():
    choose = yt_dlp.downloader._get_suitable_downloader

    def choose_recorder(info_dict, protocol, params, default):
        if protocol in ('m3u8', 'm3u8_native') and info_dict.get('is_live'):
            return LiveHlsFD
        return choose(info_dict, protocol, params, default)

    yt_dlp.downloader._get_suitable_downloader = choose_recorder


record_live_streams()
