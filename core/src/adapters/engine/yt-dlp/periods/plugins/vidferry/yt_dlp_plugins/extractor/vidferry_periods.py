"""Lets yt-dlp describe DASH streams of several periods, each of which is a stream of its own.

yt-dlp appends the segments of all periods to one another, or lists each period as another format: the clocks of periods start
anew and their codecs differ, so neither can be played. Here a format of such a stream names, for each period, the format that
comes nearest to it, and where that belongs on the timeline; the periods are fetched apart and joined afterwards. Streams whose
periods cannot be placed are left out, and so are manifests whose numbers are absurd: a short text can name a thousand million
segments, for each of which yt-dlp keeps an entry.

It also gives periods and lists of segments the lengths that follow from what surrounds them, which yt-dlp does not work out.
"""

import math

from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import determine_protocol, float_or_none, int_or_none, parse_duration

# Of all representations together: fifteen of them for a day of segments of two seconds.
MOST_SEGMENTS = 1_000_000
MOST_PERIODS = 1_000
# Each is compared with all of every other period.
MOST_REPRESENTATIONS, MOST_IN_A_PERIOD = 15_000, 200

SEGMENT_ELEMENTS = ('SegmentTemplate', 'SegmentList', 'SegmentBase')


def children(element, *names):
    return [child for child in element if child.tag.rpartition('}')[2] in names]


def segment_attributes(*elements):
    """The attributes of the elements that describe the segments, the inner ones before the outer ones."""
    found = {}
    for element in elements:
        for child in children(element, *SEGMENT_ELEMENTS):
            found.update(child.attrib)
    return found


def place_periods(manifest):
    """Start and length of each period, in seconds; None where they cannot be known. The manifest then says the lengths."""
    periods = children(manifest, 'Period')
    starts, at = [], 0
    for period in periods:
        start = parse_duration(period.get('start'))
        at = at if start is None else start
        starts.append(at)
        length = parse_duration(period.get('duration'))
        at = None if at is None or length is None else at + length
    ends = [*starts[1:], parse_duration(manifest.get('mediaPresentationDuration'))]
    places = []
    for period, start, end in zip(periods, starts, ends):
        length = parse_duration(period.get('duration'))
        if length is None and None not in (start, end):
            length = end - start
        if length is not None:
            period.set('duration', f'PT{max(0, length):.6f}S')
        places.append((start, length))
    return places


def descriptions(period):
    """What may describe segments: from the outermost to the innermost element."""
    yield (period,)
    for group in children(period, 'AdaptationSet'):
        yield period, group
        for representation in children(group, 'Representation'):
            yield period, group, representation


def clock_of(*elements):
    """Ticks of a second, and the timestamp of the media that is the start of the period, in ticks."""
    attributes = segment_attributes(*elements)
    offset = float_or_none(attributes.get('presentationTimeOffset')) or 0
    return int_or_none(attributes.get('timescale')) or 1, offset if math.isfinite(offset) else 0


def count_repeated_segments(period, seconds):
    """A segment that is repeated until the next one or the end of the period is counted."""
    for elements in descriptions(period):
        scale, offset = clock_of(*elements)
        for description in children(elements[-1], *SEGMENT_ELEMENTS):
            for timeline in children(description, 'SegmentTimeline'):
                count_until(children(timeline, 'S'), offset + (seconds or 0) * scale)


def count_until(entries, end):
    at = 0
    for entry, following in zip(entries, [*entries[1:], None]):
        at = int(entry.get('t', at))
        length = max(1, int(entry.attrib['d']))
        if int(entry.get('r', 0)) < 0:
            until = end if following is None or following.get('t') is None else int(following.get('t'))
            # Lengths are rounded: a hundredth of a segment is none.
            entry.set('r', str(max(0, math.ceil((until - at) / length - 0.01) - 1)))
        at += (int(entry.get('r', 0)) + 1) * length


def count_segments(period, seconds):
    """How many segments the representations of a period have."""
    return sum(segments_of(elements, seconds) for elements in descriptions(period) if len(elements) == 3)


def segments_of(elements, seconds):
    inner = [one for element in reversed(elements) for one in children(element, *SEGMENT_ELEMENTS)]
    timeline = next((entries for one in inner for entries in children(one, 'SegmentTimeline')), None)
    if timeline is not None:
        return sum(int(entry.get('r', 0)) + 1 for entry in children(timeline, 'S'))
    length = segment_attributes(*elements).get('duration')
    return 0 if length is None else (seconds or 0) * clock_of(*elements)[0] / float(length)


def media_offsets(period):
    """For each representation, by its name, the timestamp of its media that is the start of the period, in seconds."""
    found = {}
    for elements in descriptions(period):
        if len(elements) == 3:
            name = elements[-1].get('id') or ''
            scale, offset = clock_of(*elements)
            found[name] = max(found.get(name, 0), offset / scale)
    return found


def media_offset(fmt, offsets):
    """The offset of the format's representation: its name is the format's, or the end of it behind a hyphen."""
    parts = fmt['format_id'].split('-')
    names = ('-'.join(parts[index:]) for index in range(len(parts)))
    return next((offsets[name] for name in names if name in offsets), offsets.get('', 0))


def kind_of(fmt):
    """Whether it has a picture and whether it has sound."""
    picture, sound = (fmt.get(codec) not in (None, 'none') for codec in ('vcodec', 'acodec'))
    if picture or sound:
        return picture, sound
    is_sound = 'audio' in (fmt.get('format_note') or '')
    return not is_sound, is_sound


def family(fmt):
    return [(fmt.get(codec) or 'none').partition('.')[0] for codec in ('vcodec', 'acodec')]


def difference(fmt, other):
    """How far a format is from another, the most important first."""
    apart = [abs((fmt.get(name) or 0) - (other.get(name) or 0)) for name in ('height', 'tbr')]
    return fmt.get('language') != other.get('language'), family(fmt) != family(other), *apart


def join(periods):
    """The formats over all periods; None: they cannot be joined."""
    kinds = {kind_of(fmt) for period in periods for fmt in period['formats']}
    placed = all(period['start'] is not None for period in periods)
    ended = all(period['seconds'] is not None for period in periods[:-1])
    ordered = placed and all(one['start'] < following['start'] for one, following in zip(periods, periods[1:]))
    if not ordered or not ended or ((True, True) in kinds and len(kinds) > 1):
        return None
    joined = []
    for kind in sorted(kinds, reverse=True):
        of_kind = [[fmt for fmt in period['formats'] if kind_of(fmt) == kind] for period in periods]
        # Of an advertisement there are other qualities than of what it interrupts.
        longest = max((index for index, formats in enumerate(of_kind) if formats),
                      key=lambda index: periods[index]['seconds'] or 0)
        for fmt in of_kind[longest]:
            nearest = [min(formats, key=lambda one: difference(one, fmt), default=None) for formats in of_kind]
            joined.append(join_format(fmt, periods, nearest))
    return joined


def join_format(fmt, periods, nearest):
    parts = [part for part in nearest if part is not None]
    sizes = [part.get('filesize') for part in parts]
    whole = {key: value for key, value in fmt.items() if key not in ('fragments', 'media_offset')}
    whole['filesize'] = None if None in sizes else sum(sizes)
    if any(part.get('has_drm') for part in parts):
        whole['has_drm'] = True
    whole['periods'] = [{
        'start': period['start'],
        'seconds': period['seconds'],
        'offset': part.get('media_offset', 0) if part else 0,
        'format': part and {**part, 'protocol': part.get('protocol') or determine_protocol(part)},
    } for period, part in zip(periods, nearest)]
    return whole


parse_periods = getattr(InfoExtractor, '_parse_mpd_periods', None)
merge_periods = getattr(InfoExtractor, '_merge_mpd_periods', None)


def parse_placed_periods(self, mpd_doc, *args, **kwargs):
    try:
        yield from placed_periods(self, mpd_doc, *args, **kwargs)
    except (ArithmeticError, KeyError, ValueError) as error:
        self.report_warning(f'A DASH manifest that cannot be read is left out by Vidferry: {type(error).__name__}: {error}')


def placed_periods(self, mpd_doc, *args, **kwargs):
    elements = children(mpd_doc, 'Period')
    if len(elements) > MOST_PERIODS:
        raise ValueError(f'it has {len(elements)} periods')
    sizes = [sum(1 for one in descriptions(element) if len(one) == 3) for element in elements]
    if sum(sizes) > MOST_REPRESENTATIONS or max(sizes, default=0) > MOST_IN_A_PERIOD:
        raise ValueError(f'it has {sum(sizes)} representations')
    places = place_periods(mpd_doc)
    for element, (_, seconds) in zip(elements, places):
        count_repeated_segments(element, seconds)
    count = sum(count_segments(element, seconds) for element, (_, seconds) in zip(elements, places))
    if count > MOST_SEGMENTS:
        raise ValueError(f'it has {count:.0f} segments')
    found = list(parse_periods(self, mpd_doc, *args, **kwargs))
    for period, element, (start, seconds) in zip(found, elements, places):
        offsets = media_offsets(element)
        for fmt in period['formats']:
            fmt['media_offset'] = media_offset(fmt, offsets)
        yield {**period, 'start': start, 'seconds': seconds}


def merge_several_periods(self, periods):
    periods = list(periods)
    used = [period for period in periods if period['formats'] and period.get('seconds') != 0]
    if any('start' not in period for period in used):
        return merge_periods(self, periods)
    if len(used) < 2:
        # yt-dlp takes representations that are described alike, such as two tracks of sound, for periods of one of them.
        _, subtitles = merge_periods(self, [{**period, 'formats': []} for period in periods])
        return [fmt for period in used or periods for fmt in period['formats']], subtitles
    formats = join(used)
    if formats is None:
        self.report_warning('DASH streams of several periods are left out by Vidferry')
    # Captions of each period count from its start, and are not joined; who asks for them is told so.
    languages = sorted({language for period in used for language in period.get('subtitles') or {}})
    for fmt in formats or []:
        fmt['captions_in_periods'] = languages
    return formats or [], {}


# A yt-dlp that does not have them any more stays as it is.
if parse_periods and merge_periods:
    InfoExtractor._parse_mpd_periods, InfoExtractor._merge_mpd_periods = parse_placed_periods, merge_several_periods
