"""Lets yt-dlp cache preprocessed YouTube players in the folder that VIDFERRY_PLAYERS names.

A player is a script of some 2.5 MB that contains the challenges of the media URLs. Preprocessing it takes seconds, and the
result is valid for every video until YouTube publishes another player. yt-dlp can cache it, but does not by default, since
its own cache is unbounded; and that cache would carry logins and tokens from one run to another.

Each player is a file: a header line and the preprocessed player. It is written to a temporary file and renamed when it is
complete, so any number of runs may write concurrently and any of them may be killed. Files are verified: a modified one is
removed. Their content runs in the sandbox of the JavaScript runtime, as the player itself would; when it does not solve the
challenges, it is removed, and the player is preprocessed again.
"""

import contextlib
import hashlib
import json
import os
import re
import stat
import time

from yt_dlp.cache import Cache
from yt_dlp.version import __version__

try:
    from yt_dlp.dependencies import yt_dlp_ejs
    from yt_dlp.extractor.youtube.jsc._builtin.ejs import EJSBaseJCP
    from yt_dlp.extractor.youtube.jsc._director import validate_response
    from yt_dlp.extractor.youtube.jsc.provider import JsChallengeType
    SECTION = EJSBaseJCP._CACHE_SECTION
    SOLVER = [EJSBaseJCP._SCRIPT_VERSION, getattr(yt_dlp_ejs, 'version', None)]
except (ImportError, AttributeError):
    # This version of yt-dlp has another solver: nothing is cached.
    EJSBaseJCP = None

FORMAT = 1
# Several times the size of the largest preprocessed player so far.
MOST_BYTES_EACH = 16 << 20
# YouTube has only a few players in use at a time.
MOST_BYTES = 64 << 20
# Age after which a temporary file is left over from a killed run.
LEFT_SECONDS = 600

PREFIX = 'player:'


class Players:
    def __init__(self, folder):
        self.folder = folder
        # Paths of the cached players that this run has used.
        self.given = set()

    def describe(self, name, body):
        return json.dumps({
            'format': FORMAT, 'yt-dlp': __version__, 'solver': SOLVER, 'player': name,
            'sha256': hashlib.sha256(body).hexdigest(),
        }).encode() + b'\n'

    def path(self, name):
        return os.path.join(self.folder, hashlib.sha256(self.describe(name, b'')).hexdigest())

    def load(self, name):
        path = self.path(name)
        try:
            content = self.read(path)
        except OSError:
            return None
        head, _, body = content.partition(b'\n')
        if head + b'\n' != self.describe(name, body):
            self.remove(path)
            return None
        self.given.add(path)
        return body.decode()

    def read(self, path):
        # Refuses symbolic links, and does not block on a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, 'rb') as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES_EACH:
                return b''
            return file.read(MOST_BYTES_EACH)

    def store(self, name, text):
        body = text.encode()
        if len(body) > MOST_BYTES_EACH // 2:
            return
        draft = os.path.join(self.folder, f'new-{os.getpid()}-{os.urandom(8).hex()}')
        try:
            os.makedirs(self.folder, 0o700, exist_ok=True)
            with open(draft, 'xb', opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(self.describe(name, body) + body)
            os.replace(draft, self.path(name))
            self.make_room()
        except OSError:
            # The disk is full, or the folder is not writable: the next run preprocesses the player again.
            self.remove(draft)

    def make_room(self):
        """Removes the oldest files until the total size is within the limit, and temporary files of killed runs."""
        found = []
        for entry in os.scandir(self.folder):
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                found.append((status.st_mtime, status.st_size, entry))
        room = MOST_BYTES
        for changed, size, entry in sorted(found, key=lambda one: one[0], reverse=True):
            room -= size
            if room < 0 or (entry.name.startswith('new-') and time.time() - changed > LEFT_SECONDS):
                self.remove(entry.path)

    def remove(self, path):
        with contextlib.suppress(OSError):
            os.remove(path)

    def forget_given(self):
        """Removes the cached players that this run has used. Returns whether there were any."""
        for path in self.given:
            self.remove(path)
        forgotten, self.given = bool(self.given), set()
        return forgotten


def is_solved(response):
    """Whether a response is valid and plausible: a signature consists of characters of its challenge."""
    if response.error is not None or validate_response(response.response, response.request) is not True:
        return False
    pairs = response.response.output.results.items()
    if response.request.type is JsChallengeType.SIG:
        return all(result and set(result) <= set(challenge) for challenge, result in pairs)
    return all(re.fullmatch(r'[\w-]+', result, re.ASCII) for _, result in pairs)


def keep(players):
    load, store, solve = Cache.load, Cache.store, EJSBaseJCP._real_bulk_solve

    def name_of(section, key):
        return key[len(PREFIX):] if section == SECTION and key.startswith(PREFIX) else None

    def load_player(self, section, key, *args, **kwargs):
        name = name_of(section, key)
        return load(self, section, key, *args, **kwargs) if name is None else players.load(name)

    def store_player(self, section, key, data, *args, **kwargs):
        name = name_of(section, key)
        return store(self, section, key, data, *args, **kwargs) if name is None else players.store(name, data)

    def solve_or_start_over(self, requests):
        try:
            responses = list(solve(self, requests))
        except Exception:
            if not players.forget_given():
                raise
            responses = None
        except BaseException:
            # Interrupted because it took too long, which may be due to the cached player.
            players.forget_given()
            raise
        if responses is None or (not all(map(is_solved, responses)) and players.forget_given()):
            responses = solve(self, requests)
        yield from responses

    Cache.load, Cache.store, EJSBaseJCP._real_bulk_solve = load_player, store_player, solve_or_start_over
    EJSBaseJCP._ENABLE_PREPROCESSED_PLAYER_CACHE = True


folder = os.environ.pop('VIDFERRY_PLAYERS', '')
if folder and EJSBaseJCP is not None:
    keep(Players(folder))
