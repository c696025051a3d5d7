"""Keeps the yt-dlp that loads this as a plugin from reaching anything but the egress guard.

The address of the guard comes in VIDFERRY_EGRESS, and what yt-dlp may start in VIDFERRY_PROGRAMS (paths or names). Until
this has run, yt-dlp and all it starts know a proxy that leads nowhere: a yt-dlp that does not load this reaches nothing.

What follows are two walls. The first is yt-dlp's own interpreter: no connection, look-up of a name or program but those
named, whatever the scheme of an address and whichever part of yt-dlp opens it. The second is the kernel, where it is
Linux 6.7 or newer: no TCP connection to another port, for compiled code and for every program that is started, too.
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

# The same numbers on every processor; they are part of the kernel's promise.
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_VERSION_OF_TCP = 4
LANDLOCK_CONNECT_TCP = 1 << 1
LANDLOCK_RULE_PORT = 2
NO_NEW_PRIVILEGES = 38


def take(name):
    # Not for the programs that are started.
    return os.environ.pop(name, '')


def refuse(what):
    raise PermissionError(errno.EACCES, f'{REFUSAL}: {what}')


def wall_in_interpreter(host, port, programs):
    """Refuses whatever leads past the proxy. There is no way to take an audit hook off again."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        found = []  # Nothing can be reached then.
    addresses = {address[:2] for *_, address in found}
    hosts = {host, *(address for address, _ in addresses)}

    def connect(_, address=None):
        # None: it is connected already.
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


def wall_in_kernel(port):
    """Lets this process and its children connect over TCP to the one port alone. Nothing happens where that is unknown."""
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
        rule = PortRule(LANDLOCK_CONNECT_TCP, port)
        if call(*long(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PORT, ctypes.byref(rule), 0)) == 0:
            ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
            call(*long(LANDLOCK_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def close_gate():
    proxy, programs = take('VIDFERRY_EGRESS'), take('VIDFERRY_PROGRAMS')
    parts = urllib.parse.urlsplit(proxy)
    port = parts.port or {'http': 80, 'https': 443}.get(parts.scheme, 1080)
    # Here and not in the environment, which every program that is started would inherit.
    urllib.request.getproxies = lambda: {'all': proxy}
    wall_in_interpreter(parts.hostname, port, frozenset(programs.split(os.pathsep)))
    wall_in_kernel(port)


try:
    close_gate()
except BaseException:
    # yt-dlp would go on without a plugin that cannot be loaded.
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
