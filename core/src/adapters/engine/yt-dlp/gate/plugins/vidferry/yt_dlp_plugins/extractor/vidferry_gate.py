"""A yt-dlp plugin that restricts yt-dlp to connections to the egress guard.

VIDFERRY_EGRESS is the URL of the guard, VIDFERRY_PROGRAMS lists what yt-dlp may start (paths or names), VIDFERRY_TOKENS is the
`host:port` of the operator's provider of PO tokens, if there is one: it is reached besides. Until this module has
run, the environment names a proxy where nothing listens: a yt-dlp that does not load this plugin reaches nothing.

There are two layers. The first is an audit hook of the interpreter: it refuses all other connections, name look-ups and
programs, whatever the scheme of a URL and whichever part of yt-dlp uses it. The second is Landlock, on Linux 6.7 or newer: it
refuses TCP connections to other ports, also of compiled code and of started programs.
"""

import ctypes
import errno
import os
import socket
import sys
import traceback
import urllib.parse
import urllib.request

REFUSAL = 'Host not allowed by Vidferry'

# System call numbers and constants are the same on every architecture, and a stable kernel ABI.
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_VERSION_OF_TCP = 4
LANDLOCK_CONNECT_TCP = 1 << 1
LANDLOCK_RULE_PORT = 2
NO_NEW_PRIVILEGES = 38


def take(name):
    # Removed from the environment, so that started programs do not inherit it.
    return os.environ.pop(name, '')


def refuse(what):
    raise PermissionError(errno.EACCES, f'{REFUSAL}: {what}')


def restrict_interpreter(places, programs):
    """Refuses connections other than to these places, and other programs. An audit hook cannot be removed."""
    found = []
    for host, port in places:
        try:
            found += socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            pass  # It cannot be resolved, so it is not reachable.
    addresses = {address[:2] for *_, address in found}
    hosts = {*(host for host, _ in places), *(address for address, _ in addresses)}

    def connect(_, address=None):
        # None: the socket is connected already.
        if address is not None and not (isinstance(address, tuple) and address[:2] in addresses):
            refuse(address)

    def look_up(name, *_):
        if name is not None and name not in hosts:
            refuse(name)

    def start(program, *_):
        path = os.fsdecode(program)
        if path not in programs and os.path.basename(path) not in programs:
            refuse(path)

    def never(*_):
        refuse('a shell')

    rules = {
        'socket.connect': connect,
        'socket.sendto': connect,
        'socket.sendmsg': connect,
        'socket.getaddrinfo': look_up,
        'socket.gethostbyname': look_up,
        'socket.gethostbyaddr': look_up,
        'subprocess.Popen': start,
        'os.exec': start,
        'os.posix_spawn': start,
        'os.spawn': never,
        'os.system': never,
        'pty.spawn': never,
    }

    def hook(event, arguments):
        rule = rules.get(event)
        if rule is not None:
            rule(*arguments)

    sys.addaudithook(hook)


class Ruleset(ctypes.Structure):
    _fields_ = [('files', ctypes.c_uint64), ('network', ctypes.c_uint64)]


class PortRule(ctypes.Structure):
    _fields_ = [('access', ctypes.c_uint64), ('port', ctypes.c_uint64)]


def restrict_kernel(ports):
    """Restricts TCP connections of this process and its children to these ports, where the kernel supports it."""
    if sys.platform != 'linux':
        return
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long

    def long(*values):
        return [value if isinstance(value, (bytes, type(None))) or hasattr(value, '_obj') else ctypes.c_long(value)
                for value in values]

    if call(*long(LANDLOCK_CREATE_RULESET, None, 0, 1)) < LANDLOCK_VERSION_OF_TCP:
        return
    wanted = Ruleset(0, LANDLOCK_CONNECT_TCP)
    ruleset = call(*long(LANDLOCK_CREATE_RULESET, ctypes.byref(wanted), ctypes.sizeof(wanted), 0))
    if ruleset < 0:
        return
    try:
        rules = [PortRule(LANDLOCK_CONNECT_TCP, port) for port in ports]
        if all(call(*long(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PORT, ctypes.byref(rule), 0)) == 0 for rule in rules):
            ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
            call(*long(LANDLOCK_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def apply():
    proxy, programs, tokens = take('VIDFERRY_EGRESS'), take('VIDFERRY_PROGRAMS'), take('VIDFERRY_TOKENS')
    parts = urllib.parse.urlsplit(proxy)
    port = parts.port or {'http': 80, 'https': 443}.get(parts.scheme, 1080)
    # Set here and not in the environment, which started programs would inherit.
    urllib.request.getproxies = lambda: {'all': proxy}
    places = [(parts.hostname, port)]
    if tokens:
        provider = urllib.parse.urlsplit(f'//{tokens}')
        places.append((provider.hostname, provider.port))
    restrict_interpreter(places, frozenset(programs.split(os.pathsep)))
    restrict_kernel([port for _, port in places])


try:
    apply()
except BaseException:
    # yt-dlp ignores plugins that fail to load, so end the process.
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
