"""Lets yt-dlp read answers as they are meant.

It takes an HLS playlist without `EXT-X-ENDLIST` for a live stream; one of the type VOD cannot change (RFC 8216, 4.3.3.5), so
it is complete. And it fails with an error that names nobody where an answer of SponsorBlock is not of the form that it should
have.
"""

import re

from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.postprocessor.sponsorblock import SponsorBlockPP
from yt_dlp.utils import PostProcessingError


def around(cls, name):
    """Replaces a method by what is made of it. A yt-dlp that does not have it any more stays as it is."""
    def replace(make):
        original = getattr(cls, name, None)
        if original is not None:
            setattr(cls, name, make(original))
        return make
    return replace


@around(InfoExtractor, '_parse_m3u8_vod_duration')
def take_recordings_as_whole(read_duration):
    def duration(self, playlist, *args, **kwargs):
        if re.search(r'(?m)^#EXT-X-PLAYLIST-TYPE:[ \t]*VOD\s*$', playlist):
            playlist += '\n#EXT-X-ENDLIST\n'
        return read_duration(self, playlist, *args, **kwargs)
    return duration


@around(SponsorBlockPP, '_get_sponsor_chapters')
def name_sponsor_block(read_chapters):
    def chapters(self, *args, **kwargs):
        try:
            return read_chapters(self, *args, **kwargs)
        except PostProcessingError:
            raise
        except Exception as error:
            raise PostProcessingError(f'the answer of the SponsorBlock API cannot be read: {error}') from error
    return chapters
