"""controller: how irctest starts kabard, gives it accounts, and ends it.

Each test has a realm of its own in a temporary directory. No process of a test outlives it.
"""

import os
import pwd
import re
import subprocess
import sys
from pathlib import Path

from irctest import patma
from irctest.basecontrollers import BaseServerController, DirectoryBasedController
from irctest.specifications import Capabilities, OptionalBehaviors

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "browser"))

import websocket_client  # noqa: E402
from realm import PATIENCE_S, adopt_orphans, end_descendants  # noqa: E402

websocket_client.install()

BUILD = os.path.abspath(os.environ.get("BUILD", HERE.parents[1] / "build"))

# Said by a server that is broken, whatever the test tries.
BROKEN = re.compile(
    r".*(?:ERROR: \w+Sanitizer|runtime error:|its sandbox does not allow|died of signal).*"
)


class KabarController(BaseServerController, DirectoryBasedController):
    software_name = "kabar"
    supported_sasl_mechanisms = {"PLAIN"}
    supports_sts = False
    _port_wait_interval = 0.02
    # Each client has a process of its own: what one has sent may be done after another's PING.
    sync_sleep_time = 0.1

    capabilities = frozenset(Capabilities) - {Capabilities.MESSAGE_REDACTION, Capabilities.STS}
    optional_behaviors = frozenset(
        {
            OptionalBehaviors.CAP_REQ_MINUS,
            OptionalBehaviors.ELIST_M,
            OptionalBehaviors.ELIST_N,
            OptionalBehaviors.ELIST_U,
            OptionalBehaviors.MULTI_JOIN,
            OptionalBehaviors.MULTI_KICK,
            OptionalBehaviors.MULTI_PRIVMSG,
        }
    )
    isupport = {
        "BOT": "B",
        "CASEMAPPING": "ascii",
        "MONITOR": patma.ANYSTR,
        "MSGREFTYPES": "msgid,timestamp",
        "PREFIX": "(ov)@+",
        "TARGMAX": patma.ANYSTR,
        "UTF8ONLY": None,
        "WHOX": None,
    }

    def run(self, hostname, port, *, password, ssl, run_services, faketime,
            websocket_hostname, websocket_port):
        adopt_orphans()
        self.hostname, self.port = hostname, port
        self.create_config()
        listeners = [("irc", hostname, port)]
        if websocket_port is not None:
            listeners.append(("web", websocket_hostname, websocket_port))
        # The committer that kabarctl starts goes on for kabard: both need the same clock.
        # Its library comes before that of a sanitizer, which has to put up with that.
        self.clock = []
        if faketime:
            options = f"ASAN_OPTIONS={os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0"
            self.clock = ["env", options, "faketime", "-f", faketime]
        self._configure(listeners, ssl, faketime)
        self._ctl("init")
        self._ctl("user", "add", "operuser", "-a", text="operpassword\n")
        if password is not None:  # there is none for all: it is the account's of the nick
            self._ctl("user", "add", "foo", text=f"{password}\n")
        self.faketime_enabled = bool(faketime)
        with self.open_file("log") as log:
            self.proc = self.execute(
                [*self.clock, f"{BUILD}/src/kabard", "-f", "-c", self.directory / "kabar.conf"],
                stdout=log, stderr=log,
            )

    def _configure(self, listeners, ssl, faketime):
        with self.open_file("kabar.conf") as file:
            file.write(
                'realm = "My.Little.Server"  guests = on  registration = on\n'
                f'user = "{pwd.getpwuid(os.geteuid()).pw_name}"  state = "{self.directory}/state"\n'
                "sync = off  password_cost = 1  min_free = 0\n"
                # The suite writes behind its QUIT, and reads what is left then.
                "close = orderly\n"
                # A clock that is moved asks for files that a sandbox does not know.
                f"sandbox = {'off' if faketime else 'on'}\n"
            )
            for dialect, hostname, port in listeners:
                file.write(
                    f'listen "{dialect}" {{ address = "{hostname}"  port = {port}  '
                    f'dialect = "{dialect}"  tls = {"on" if ssl else "off"} }}\n'
                )

    def _ctl(self, *args, text=None):
        done = subprocess.run(
            [*self.clock, f"{BUILD}/src/kabarctl", "-c", self.directory / "kabar.conf", *args],
            input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=PATIENCE_S, check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"kabarctl {' '.join(args)}: {done.stdout}")

    def wait_for_services(self):
        """Accounts are kabard's own."""

    def registerUser(self, case, username, password=None):
        self._ctl("user", "add", username, text=f"{password}\n")

    def kill_proc(self):
        """Ends the realm in good order, and what it leaves behind at once."""
        self.proc.terminate()
        try:
            self.proc.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
        self.proc = None
        end_descendants()

    def kill(self):
        log = self.directory / "log"
        if self.proc:
            self.kill_proc()
        said = log.read_text(errors="replace") if log.exists() else ""
        super().kill()
        print(said)
        assert not BROKEN.search(said), said


def get_irctest_controller_class():
    return KabarController
