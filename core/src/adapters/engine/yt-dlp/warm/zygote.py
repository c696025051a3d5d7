"""Runs yt-dlp in forks of a process that has already imported it.

    zygote.py PROGRAM MODULES FOLDER RUNTIME

PROGRAM  yt-dlp's script.
MODULES  The first entry of Python's path, from which yt-dlp is imported.
FOLDER   A private folder with the socket `s` of the owner, the process that started this one. It is removed at the end.
RUNTIME  The JavaScript runtime of all runs, such as `deno:/path`, or empty.

Standard input carries one task a line. Standard output first says what was loaded, then for each task how it ended, or
why it was not started. All of it is JSON.

A task runs in a forked child that has its own session, environment, working folder and limits. Its output goes to
connections to the socket, each of which begins with a line that names the task, the stream and the process; one of them
carries what yt-dlp reports by its hooks (report.py). This process runs nothing of a task itself, so that no state of one
run reaches the next.

When standard input ends, this process ends. The watchdog is a process that is told of every child; it lives until it has
killed the process groups that are left. So whichever process is killed, no child goes on.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import random
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading

# RLIMIT_DATA of a child and of each program it starts: the same as for an ordinary start.
MEMORY_BYTES = 2 << 30


def take_over_stdio():
    """Moves the two pipes away from descriptors 0 and 1, which children use, and returns their new numbers."""
    tasks, ends = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return tasks, ends


def start_watchdog(folder, *pipes):
    """Forks the watchdog. Returns its process id and the pipe on which it is told `+PID` and `-PID`."""
    told, tell = os.pipe()
    watchdog = os.fork()
    if watchdog:
        os.close(told)
        return watchdog, tell
    for descriptor in (*pipes, tell, 0, 1, 2):
        os.close(descriptor)
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups = set()
    # The pipe ends when every process that could fork a child is gone.
    with os.fdopen(told) as lines:
        for line in lines:
            (groups.add if line[0] == '+' else groups.discard)(int(line[1:]))
    for group in groups:
        kill_group(group)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def kill_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # The group is empty.


def load(runtime):
    """Imports what nearly every run needs. Returns its version, what it can do, and the folders whose change means another one."""
    import yt_dlp
    from yt_dlp.version import __version__

    modules = [yt_dlp]
    for name in ('yt_dlp.extractor.extractors', 'yt_dlp.extractor.youtube', 'yt_dlp_ejs'):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue  # Not in this build; a run that needs it reports that.
        if '.' not in name:
            modules.append(module)
    browsers = impersonates()
    prepare(runtime)
    if threading.active_count() != 1:
        raise RuntimeError('yt-dlp has started a thread: forks would be unsafe')
    folders = [os.path.dirname(os.path.abspath(module.__file__)) for module in modules]
    program = os.path.realpath(runtime.partition(':')[2])
    # Any installer changes the entries of one of these folders.
    watch = [*folders, *{os.path.dirname(one) for one in (*folders, *([program] if os.path.exists(program) else []))}]
    return {'version': __version__, 'impersonates': browsers, 'reports': can_report(), 'watch': watch}


def impersonates():
    """Whether yt-dlp has what it needs to pass for a browser."""
    try:
        importlib.import_module('yt_dlp.networking._curlcffi')
    except ImportError:
        return False
    return True


def read_environment_again():
    """Reads again what libraries have taken from the environment when they were imported: it was the zygote's."""
    # The HTTP client that imitates browsers takes its certificate authorities from SSL_CERT_FILE.
    curl = sys.modules.get('curl_cffi.curl')
    if hasattr(curl, '_default_cacert'):
        curl.DEFAULT_CACERT = curl._default_cacert()


class Zygote:
    def __init__(self, program, folder, runtime):
        self.program = program
        self.runtime = runtime
        self.socket = os.path.join(folder, 's')
        self.tasks, self.ends = take_over_stdio()
        self.watchdog, self.tell = start_watchdog(folder, self.tasks, self.ends)
        self.children = {}
        self.plugins = {}
        self.knows_all_sites = False

    def serve(self):
        """Forks a child for each task until the owner is gone. Returns only in a child, with its task."""
        loaded = load(self.runtime)
        self.reports = loaded['reports']
        self.say(loaded)
        # Excluded from later garbage collections: one in a child would write to every page, which copies it.
        gc.collect()
        gc.freeze()
        self.woken, wake = os.pipe()
        os.set_blocking(wake, False)
        self.descriptors = [self.tasks, self.ends, self.tell, self.woken, wake]
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        ready = select.poll()
        ready.register(self.tasks, select.POLLIN)
        ready.register(self.woken, select.POLLIN)
        rest = b''
        while True:
            for descriptor, _ in ready.poll():
                data = os.read(descriptor, 1 << 16)
                if descriptor == self.woken:
                    self.reap()
                    continue
                if not data:
                    os._exit(0)
                *lines, rest = (rest + data).split(b'\n')
                for line in lines:
                    task = json.loads(line)
                    if self.fork(task):
                        return task

    def fork(self, task):
        """Forks a child for the task; true in the child."""
        if not self.knows_all_sites and takes_any_site(task['args']):
            # Once, and not before it is needed: it would take half the time of the start.
            self.knows_all_sites = True
            with contextlib.suppress(Exception):
                compile_patterns(lambda _: True)
            gc.collect()
            gc.freeze()
        try:
            for path in task['plugins']:
                if path not in self.plugins:
                    with open(path, encoding='utf-8') as file:
                        self.plugins[path] = compile(file.read(), path, 'exec')
            child = os.fork()
        except (OSError, SyntaxError) as error:
            self.say({'id': task['id'], 'failed': str(error)})
            return False
        if child:
            self.children[child] = task['id']
        return child == 0

    def reap(self):
        while True:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if child == 0:
                return
            if child == self.watchdog:
                # Without a watchdog nobody would end the children of this process when it is killed.
                for group in self.children:
                    kill_group(group)
                os._exit(1)
            kill_group(child)
            os.write(self.tell, b'-%d\n' % child)
            self.say({'id': self.children.pop(child), 'status': os.waitstatus_to_exitcode(status)})

    def say(self, message):
        try:
            os.write(self.ends, json.dumps(message).encode() + b'\n')
        except BrokenPipeError:
            os._exit(0)

    def become(self, task):
        """Gives this child the session, environment, limits and output of a process that was started for the task."""
        os.setsid()
        os.write(self.tell, b'+%d\n' % os.getpid())
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for descriptor in self.descriptors:
            if descriptor != self.ends:
                os.close(descriptor)
        os.environ.clear()
        os.environ.update(task['env'])
        sys.dont_write_bytecode = 'PYTHONDONTWRITEBYTECODE' in os.environ
        read_environment_again()
        random.seed()
        # Python keeps the first answer, which was of another environment.
        tempfile.tempdir = None
        os.chdir(task['cwd'])
        if task['niceness']:
            os.nice(task['niceness'])
        import resource
        try:
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES,) * 2)
        except (OSError, ValueError):
            # The limit is lower already, or the system does not support it.
            pass
        if task['fileSizeBytes'] is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (task['fileSizeBytes'],) * 2)
        if task['stdoutFile'] is None:
            self.connect(task, 'stdout', 1)
        else:
            os.umask(0o077)
            output = os.open(task['stdoutFile'], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(output, 1)
            os.close(output)
        self.connect(task, 'stderr', 2)
        if self.reports:
            # On a descriptor of its own, which the programs that yt-dlp starts do not inherit.
            report_to(self.open(task, 'report'))
        os.close(self.ends)
        sys.argv = [self.program, *task['reporting' if self.reports else 'printing'], *task['args']]

    def connect(self, task, stream, descriptor):
        with self.open(task, stream) as connection:
            os.dup2(connection.fileno(), descriptor)

    def open(self, task, stream):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.socket)
        connection.sendall(f'{task["id"]} {stream} {os.getpid()}\n'.encode())
        return connection


def run(plugins):
    """Runs the plugins, then yt-dlp as its script does. Returns its exit code."""
    import yt_dlp
    try:
        for path, code in plugins.items():
            exec(code, {'__name__': os.path.basename(path), '__file__': path})
        sys.exit(yt_dlp.main())
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    return 1


def leave(code):
    """Ends this process without finalising the interpreter: freeing the loaded modules would take longer than many runs."""
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1
    os._exit(code)


# Python would write compiled bytecode beside the module.
sys.dont_write_bytecode, write_nothing = True, sys.dont_write_bytecode
from prepare import compile_patterns, prepare, takes_any_site  # noqa: E402
from report import can_report, report_to  # noqa: E402
sys.dont_write_bytecode = write_nothing

program, sys.path[0], folder, runtime = sys.argv[1:5]
zygote = Zygote(program, folder, runtime)
task = zygote.serve()
try:
    zygote.become(task)
except BaseException as error:
    # The owner then starts yt-dlp as an ordinary process.
    zygote.say({'id': task['id'], 'failed': f'{type(error).__name__}: {error}'[:1000]})
    os._exit(1)
leave(run({path: zygote.plugins[path] for path in task['plugins']}))
