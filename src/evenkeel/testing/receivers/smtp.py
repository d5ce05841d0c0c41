"""A mail server for tests (RFC 5321, with STARTTLS, TLS and AUTH PLAIN and LOGIN) that checks the mails it takes."""

from __future__ import annotations

import base64
import binascii
import socketserver
import ssl
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self, cast

from evenkeel.testing.receivers.mail import find_problems

LINE_OCTETS_MAX: Final = 1_000
MAIL_OCTETS_MAX: Final = 10_000_000
TIMEOUT_S: Final = 30


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail that was taken."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    encrypted: bool
    user: str


@dataclass(frozen=True, slots=True)
class MailRules:
    """What the server asks and offers."""

    user: str = ""  # set: nobody sends without signing in
    password: str = ""
    tls: ssl.SSLContext | None = None  # for STARTTLS, or from the start when `implicit`
    implicit: bool = False


class SmtpReceiver:
    """One mail server in a thread. `replies` answers a verb or an address with a line of its own, e.g. 451."""

    def __init__(self, rules: MailRules | None = None) -> None:
        self.rules = rules or MailRules()
        self.mails: list[ReceivedMail] = []
        self.problems: list[str] = []
        self.replies: dict[str, str] = {}
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.receiver = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return self._server.server_address[1]

    def take(self, mail: ReceivedMail) -> str:
        """Keep a mail that is right; the answer to its end."""
        problems = find_problems(mail.data)
        with self._changed:
            if problems:
                self.problems += problems
                return f"554 5.6.0 {problems[0]}"
            self.mails.append(mail)
            self._changed.notify_all()
        return f"250 2.0.0 queued as {len(self.mails)}"

    def wait_for(self, count: int, timeout_s: float = 10.0) -> None:
        """Return when `count` mails were taken. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.mails) >= count, timeout_s):
                msg = f"after {timeout_s:g} s there were {len(self.mails)} mails, and problems {self.problems}"
                raise TimeoutError(msg)

    def stop(self) -> None:
        """End the server and its thread."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    receiver: SmtpReceiver


class _Session(socketserver.BaseRequestHandler):
    """One connection: commands until QUIT."""

    def setup(self) -> None:
        self.receiver = cast("_Server", self.server).receiver
        self.stream: Any = None
        self.user = ""
        self.sender: str | None = None
        self.recipients: list[str] = []

    def handle(self) -> None:
        self.request.settimeout(TIMEOUT_S)
        rules = self.receiver.rules
        try:
            self._open(rules.tls if rules.implicit else None)
            self._say(self.receiver.replies.get("CONNECT", "220 receiver.test ESMTP"))
            while self._command():
                pass
        except OSError:
            return  # who spoke to us went away, or does not like our certificate

    def finish(self) -> None:
        for each in (self.stream, self.request):
            if each is not None:
                each.close()

    def _open(self, context: ssl.SSLContext | None) -> None:
        if context is not None:
            self.request = context.wrap_socket(self.request, server_side=True)
        self.stream = self.request.makefile("rb")

    def _say(self, line: str) -> None:
        self.request.sendall(line.encode() + b"\r\n")

    def _command(self) -> bool:
        line = self.stream.readline(LINE_OCTETS_MAX + 1)
        if not line:
            return False
        if not line.endswith(b"\r\n"):
            self._say("500 5.5.2 A line ends with CRLF and is not longer than 1000")
            return False
        verb, _, rest = line.decode("ascii", "replace").rstrip("\r\n").partition(" ")
        own = self.receiver.replies.get(verb.upper())
        if own is not None:
            self._say(own)
            return not own.startswith("421")
        action = getattr(self, f"_do_{verb.lower()}", None)
        if action is None:
            self._say("502 5.5.1 Not known")
            return True
        return action(rest) is not False

    def _do_ehlo(self, _rest: str) -> None:
        rules = self.receiver.rules
        offers = ["receiver.test", f"SIZE {MAIL_OCTETS_MAX}"]
        if rules.tls is not None and not self._is_encrypted():
            offers.append("STARTTLS")
        elif rules.user:
            offers.append("AUTH PLAIN LOGIN")
        for offer in offers[:-1]:
            self._say(f"250-{offer}")
        self._say(f"250 {offers[-1]}")

    def _do_starttls(self, _rest: str) -> None:
        tls = self.receiver.rules.tls
        if tls is None or self._is_encrypted():
            self._say("502 5.5.1 Not offered")
            return
        self._say("220 2.0.0 Go on")
        self._open(tls)
        self.user, self.sender, self.recipients = "", None, []

    def _do_auth(self, rest: str) -> None:
        kind, _, first = rest.partition(" ")
        if kind.upper() == "PLAIN":
            parts = _decode(first or self._ask("")).split("\0")
        elif kind.upper() == "LOGIN":
            user = _decode(first or self._ask(_encode("Username:")))
            parts = ["", user, _decode(self._ask(_encode("Password:")))]
        else:
            self._say("504 5.5.4 Not offered")
            return
        rules = self.receiver.rules
        if parts[1:] != [rules.user, rules.password]:
            self._say("535 5.7.8 User or password is wrong")
            return
        self.user = rules.user
        self._say("235 2.7.0 Welcome")

    def _do_mail(self, rest: str) -> None:
        if self.receiver.rules.user and not self.user:
            self._say("530 5.7.0 Sign in first")
            return
        self.sender, self.recipients = _address(rest), []
        self._say(self.receiver.replies.get(self.sender, "250 2.1.0 Ok"))

    def _do_rcpt(self, rest: str) -> None:
        address = _address(rest)
        usual = "503 5.5.1 MAIL first" if self.sender is None else "250 2.1.5 Ok"
        reply = self.receiver.replies.get(address, usual)
        if reply.startswith("250"):
            self.recipients.append(address)
        self._say(reply)

    def _do_data(self, _rest: str) -> bool:
        if self.sender is None or not self.recipients:
            self._say("503 5.5.1 RCPT first")
            return True
        self._say("354 Go on")
        data = bytearray()
        while (line := self.stream.readline(LINE_OCTETS_MAX + 1)) != b".\r\n":
            if not line.endswith(b"\r\n") or len(data) > MAIL_OCTETS_MAX:
                self._say("552 5.3.4 A line or the mail is too long, or a line does not end with CRLF")
                return False
            data += line.removeprefix(b".")
        mail = ReceivedMail(self.sender, tuple(self.recipients), bytes(data), self._is_encrypted(), self.user)
        self._say(self.receiver.replies.get("END") or self.receiver.take(mail))
        self.sender, self.recipients = None, []
        return True

    def _do_rset(self, _rest: str) -> None:
        self.sender, self.recipients = None, []
        self._say("250 2.0.0 Ok")

    def _do_noop(self, _rest: str) -> None:
        self._say("250 2.0.0 Ok")

    def _do_quit(self, _rest: str) -> bool:
        self._say("221 2.0.0 Bye")
        return False

    def _ask(self, challenge: str) -> str:
        self._say(f"334 {challenge}")
        return self.stream.readline(LINE_OCTETS_MAX).decode("ascii", "replace").strip()

    def _is_encrypted(self) -> bool:
        return isinstance(self.request, ssl.SSLSocket)


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decode(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
