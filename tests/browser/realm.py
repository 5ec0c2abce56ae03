"""realm: real realms of kabard for the cases, each in a directory and on ports of its own."""

import ctypes
import json
import os
import pwd
import signal
import socket
import subprocess
import time

PATIENCE_S = 60
PR_SET_CHILD_SUBREAPER = 36  # from linux/prctl.h
PASSWORD = "surabaya"
USERS = {
    "messi": ("Lionel Messi", "Argentina"),
    "henderson": ("Jordan Henderson", "Inggris"),
    "lineker": ("Gary Lineker", "Inggris"),
}


def reserve_port():
    """A socket that keeps a port for a server that begins and ends: nobody else is given it."""
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    return keeper


def children(pid):
    """The processes that are descended from one, without itself, those that ended included."""
    parents = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(name))
    found, rest = [], [pid]
    while rest:
        ones = parents.get(rest.pop(), [])
        found += ones
        rest += ones
    return found


def reap(pids):
    """Forgets those that were left to this process and have ended."""
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass


def adopt_orphans():
    """Processes whose parents have died become children of this one."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants():
    """Kills every process that this one has left, those that it adopted included."""
    deadline = time.monotonic() + PATIENCE_S
    while left := children(os.getpid()):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        reap(left)
        if time.monotonic() > deadline:
            raise RuntimeError(f"processes are left: {left}")
        time.sleep(0.01)


class Realm:
    """A realm with the users of USERS; it listens for pages, for programs and for its peers."""

    def __init__(self, build, directory, name="surabaya", settings="", prefix="", tls=False):
        self.build = build
        self.directory = directory
        self.name = name
        self.prefix = prefix
        self.tls = tls
        self.kabard = None
        self.peers = []
        self.settings = settings
        self.keepers = [reserve_port() for _ in range(3)]
        self.port, self.line_port, self.peer_port = (
            keeper.getsockname()[1] for keeper in self.keepers
        )
        self.config = os.path.join(directory, "kabar.conf")
        self.log = os.path.join(directory, "log")
        os.makedirs(directory)
        self.configure()
        self.ctl("init")
        for user, (full_name, country) in USERS.items():
            self.add_user(user, full_name, country)

    @property
    def origin(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"{self.origin}{self.prefix}/"

    def configure(self):
        lines = [
            f'realm = "{self.name}"',
            f'user = "{pwd.getpwuid(os.geteuid()).pw_name}"',
            f'state = "{self.directory}/state"',
            "sync = off  password_cost = 1  min_free = 0",
            self._listener("web", self.port, "web", f'prefix = "{self.prefix}"', self.tls),
            self._listener("lines", self.line_port, "realm"),
            self._listener("peers", self.peer_port, "peer"),
            self.settings,
        ]
        for peer in self.peers:
            lines.append(
                f'peer "{peer.name}" {{ address = "127.0.0.1"  port = {peer.peer_port}  '
                f'fingerprint = "{peer.fingerprint()}" }}'
            )
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    @staticmethod
    def _listener(title, port, dialect, more="", tls=False):
        switch = "on" if tls else "off"
        return (
            f'listen "{title}" {{ address = "127.0.0.1"  port = {port}  '
            f'dialect = "{dialect}"  tls = {switch}  {more} }}'
        )

    def ctl(self, *args, text=None):
        """Runs kabarctl; returns what it prints."""
        command = [os.path.join(self.build, "src", "kabarctl"), "-c", self.config, *args]
        done = subprocess.run(
            command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=PATIENCE_S, check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"kabarctl {args[0]}: {done.stdout}")
        return done.stdout

    def add_user(self, user, full_name, country="Indonesia"):
        self.ctl("user", "add", user, "-n", full_name, "-C", country, text=PASSWORD + "\n")

    def fingerprint(self):
        return self.ctl("realm").rsplit(maxsplit=1)[-1]

    def peer_with(self, other):
        """Makes the two peers of each other; both are to be started after that."""
        self.peers.append(other)
        other.peers.append(self)
        self.configure()
        other.configure()

    def start(self):
        with open(self.log, "ab") as log:
            self.kabard = subprocess.Popen(
                [os.path.join(self.build, "src", "kabard"), "-f", "-c", self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        deadline = time.monotonic() + PATIENCE_S
        while not self._accepts():
            if self.kabard.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"kabard does not serve: {self.read_log()}")
            time.sleep(0.02)
        return self

    def _accepts(self):
        try:
            socket.create_connection(("127.0.0.1", self.line_port), timeout=5).close()
            return True
        except OSError:
            return False

    def stop(self):
        """Ends it in good order."""
        if self.kabard is not None:
            self.kabard.terminate()
            self.kabard.wait(PATIENCE_S)
            self.kabard = None

    def kill(self):
        """Ends the master and all its processes at one stroke, as a power cut does."""
        if self.kabard is None:
            return
        victims = [self.kabard.pid, *children(self.kabard.pid)]
        self.kabard.send_signal(signal.SIGKILL)
        for pid in victims[1:]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.kabard.wait()
        self.kabard = None
        deadline = time.monotonic() + PATIENCE_S
        while any(os.path.exists(f"/proc/{pid}") for pid in victims):
            reap(victims[1:])
            if time.monotonic() > deadline:
                raise RuntimeError("processes of a killed kabard are left")
            time.sleep(0.01)

    def close(self):
        """Kills what runs of it and gives up its ports; the directory stays."""
        self.kill()
        for keeper in self.keepers:
            keeper.close()

    def line(self, user=None):
        """A line client of the realm; with a user one who is logged in."""
        client = Line(self.line_port)
        if user:
            client.request(f"auth {user} {PASSWORD}")
        return client

    def read_log(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()


class Line:
    """A client of the line dialect, as another device or another person has it."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.file = self.socket.makefile("rb")

    def request(self, line):
        """Sends a request; returns its reply, which must be good."""
        reply = self.ask(line)
        if reply["status"] != "OK":
            raise RuntimeError(f"{line[:60]}: {reply}")
        return reply

    def ask(self, line):
        """The same with any reply."""
        self.socket.sendall(line.encode() + b"\r\n")
        reply = self.file.readline()
        self.file.readline()
        return json.loads(reply)

    def close(self):
        self.file.close()
        self.socket.close()
