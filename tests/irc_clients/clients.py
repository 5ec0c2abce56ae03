"""clients: unmodified IRC clients of Debian, each with a home of its own, driven as a person would:
commands in, and what they keep in their logs."""

import glob
import os
import pty
import signal
import subprocess
import threading
import time

PATIENCE_S = 60


class Client:
    """What the clients share: a process, and logs of conversations as files."""

    def __init__(self, directory, nick, password, port, certificate=None):
        self.directory = directory
        self.certificate = certificate  # to log in by, in TLS; None: by the password
        self.nick, self.password, self.port = nick, password, port
        self.process = None
        os.makedirs(directory, exist_ok=True)

    def log(self, name):
        """All that the client has ever shown in a conversation."""
        text = ""
        for path in glob.glob(os.path.join(self.directory, "logs", "**", "*"), recursive=True):
            if os.path.isfile(path) and name.lower() in os.path.basename(path).lower():
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += file.read()
        return text

    def await_text(self, name, text, times=1):
        """Waits until a text stands so often in the log of a conversation."""
        deadline = time.monotonic() + PATIENCE_S
        while self.log(name).count(text) < times:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(
                    f"{self.nick} does not see {text!r} {times} times in {name}:\n"
                    f"{self.log(name)}\n{self.screen()}"
                )
            time.sleep(0.05)

    def await_welcome(self):
        """Waits until the server has greeted the client, once more if it has done so before."""
        self.welcomes = getattr(self, "welcomes", 0) + 1
        self.await_text(self.server_log, "Welcome to", self.welcomes)

    def screen(self):
        return ""

    def environment(self):
        return {**os.environ, "HOME": self.directory, "XDG_RUNTIME_DIR": self.directory,
                "LC_ALL": "C.UTF-8", "TERM": "xterm"}

    def kill(self):
        """Ends it as a power cut does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


class WeeChat(Client):
    """weechat-headless; commands go through its FIFO."""

    program = "/usr/bin/weechat-headless"
    server_log = "irc.server.kampus"

    def start(self):
        settings = [
            f"/server add kampus 127.0.0.1/{self.port}",
            f"/set irc.server.kampus.nicks {self.nick}",
            *self._login(),
            "/set irc.server_default.capabilities *",
            "/set logger.file.flush_delay 0",
            "/set irc.look.server_buffer independent",
            "/connect kampus",
        ]
        first = not os.path.exists(os.path.join(self.directory, "irc.conf"))
        command = [self.program, "-a", "-d", self.directory]
        for setting in settings if first else ["/connect kampus"]:
            command += ["-r", setting]
        self.process = subprocess.Popen(
            command, env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        return self

    def _login(self):
        """The settings; from version 4.0 on those of TLS have other names."""
        if self.certificate is None:
            return [
                "/set irc.server.kampus.sasl_mechanism plain",
                f"/set irc.server.kampus.sasl_username {self.nick}",
                f"/set irc.server.kampus.sasl_password {self.password}",
            ]
        return ["/set irc.server.kampus.sasl_mechanism external"] + [
            f"/set irc.server.kampus.{tls}{setting}"
            for tls in ("ssl", "tls")
            for setting in (" on", "_verify off", f"_cert {self.certificate}")
        ]

    def command(self, text):
        path = os.path.join(self.directory, f"weechat_fifo_{self.process.pid}")
        deadline = time.monotonic() + PATIENCE_S
        while not os.path.exists(path):
            if time.monotonic() > deadline:
                raise AssertionError("weechat makes no FIFO")
            time.sleep(0.05)
        with open(path, "w", encoding="utf-8") as fifo:
            fifo.write(f"irc.server.kampus *{text}\n")

    def save(self):
        self.command("/save")


class Irssi(Client):
    """irssi in a terminal of its own; commands are typed."""

    program = "/usr/bin/irssi"
    shown = b""

    def start(self):
        with open(os.path.join(self.directory, "config"), "w", encoding="utf-8") as file:
            file.write(
                "servers = ({ address = \"127.0.0.1\"; chatnet = \"kampus\"; "
                f"port = \"{self.port}\"; autoconnect = \"yes\"; }});\n"
                "chatnets = { kampus = { type = \"IRC\"; "
                f"nick = \"{self.nick}\"; sasl_mechanism = \"PLAIN\"; "
                f"sasl_username = \"{self.nick}\"; sasl_password = \"{self.password}\"; }}; }};\n"
                "settings = { core = { "
                f"real_name = \"{self.nick}\"; nick = \"{self.nick}\"; }}; "
                "\"fe-common/core\" = { autolog = \"yes\"; "
                "autolog_level = \"all\"; autolog_only_saved_channels = \"no\"; "
                f"autolog_path = \"{self.directory}/logs/$0.log\"; }}; }};\n"
            )
        self.shown = b""
        terminal, inner = pty.openpty()
        self.process = subprocess.Popen(
            [self.program, f"--home={self.directory}"], env=self.environment(), stdin=inner,
            stdout=inner, stderr=inner, start_new_session=True,
        )
        os.close(inner)
        self.terminal = terminal
        threading.Thread(target=self._watch, args=(terminal,), daemon=True).start()
        return self

    def _watch(self, terminal):
        try:
            while data := os.read(terminal, 4096):
                self.shown += data
        except OSError:
            pass

    def await_welcome(self):
        deadline = time.monotonic() + PATIENCE_S
        while b"Welcome to" not in self.shown:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"nobody greets {self.nick}:\n{self.screen()}")
            time.sleep(0.05)

    def screen(self):
        return self.shown.decode(errors="replace")

    def command(self, text):
        os.write(self.terminal, text.encode() + b"\r")
