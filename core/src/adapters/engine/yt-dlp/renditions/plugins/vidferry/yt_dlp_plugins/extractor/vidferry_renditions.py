"""Lets yt-dlp know which of several sounds of an HLS stream is the one to be played.

A rendition that does not say DEFAULT is no default (RFC 8216, 4.3.4.1), but yt-dlp takes only those for alternatives that say
DEFAULT=NO. Of a default and one that says nothing it would take the one whose name comes last in the alphabet.
"""

from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import parse_m3u8_attributes

MARK = '#EXT-X-MEDIA:'


def with_alternatives(playlist):
    """The playlist, in which each sound beside a default says that it is none."""
    lines = playlist.splitlines()
    sounds = {}
    for index, line in enumerate(lines):
        if line.startswith(MARK):
            rendition = parse_m3u8_attributes(line)
            if rendition.get('TYPE') == 'AUDIO':
                sounds[index] = rendition
    groups = {sound.get('GROUP-ID') for sound in sounds.values() if sound.get('DEFAULT') == 'YES'}
    for index, sound in sounds.items():
        if sound.get('GROUP-ID') in groups and 'DEFAULT' not in sound:
            lines[index] = f'{lines[index].rstrip()},DEFAULT=NO'
    return '\n'.join(lines)


parse_playlist = getattr(InfoExtractor, '_parse_m3u8_formats_and_subtitles', None)


def parse_with_alternatives(self, m3u8_doc, *args, **kwargs):
    known = with_alternatives(m3u8_doc) if isinstance(m3u8_doc, str) and MARK in m3u8_doc else m3u8_doc
    return parse_playlist(self, known, *args, **kwargs)


# A yt-dlp that does not have it any more stays as it is.
if parse_playlist:
    InfoExtractor._parse_m3u8_formats_and_subtitles = parse_with_alternatives
