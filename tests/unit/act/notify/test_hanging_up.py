"""Conversations that never end are ended, over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from evenkeel.act.notify.hanging_up import hanging_up
from evenkeel.act.notify.model import Request, Security, SmtpRequest
from evenkeel.act.notify.smtp import send_smtp
from evenkeel.act.notify.transport import Transport

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


@contextmanager
def dripping(first: bytes) -> Iterator[int]:
    """A server that says something, and then a byte now and then for as long as somebody listens."""
    ended = threading.Event()

    def serve() -> None:
        taken, _ = server.accept()
        with taken:
            try:
                taken.sendall(first)
                while not ended.wait(0.02):
                    taken.sendall(b"x")
            except OSError:  # the other end hung up
                ended.set()

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        assert ended.wait(5), "it talks still"
        thread.join()


def test_an_answer_without_end_is_cut_and_what_was_said_at_first_counts() -> None:
    with dripping(HEAD) as port:
        answer = Transport(timeout_s=0.1).send(Request(f"http://127.0.0.1:{port}/", b"{}", {}))
    assert answer.status == 200
    assert 0 < len(answer.body) < 1_000


def test_a_first_line_without_end_is_no_answer() -> None:
    with dripping(b"HTTP/1.1 2") as port:
        answer = Transport(timeout_s=0.1).send(Request(f"http://127.0.0.1:{port}/", b"{}", {}))
    assert (answer.status, answer.body) == (0, b"No answer in time.")


def test_a_mail_server_without_end_is_hung_up_on() -> None:
    with dripping(b"220 hello\r\n250-") as port:
        request = SmtpRequest(f"smtp://127.0.0.1:{port}", b"", {}, "SMTP", Security.PLAIN, "a@b.c", ("d@e.f",))
        assert send_smtp(request, timeout_s=0.1).status == 0


def test_what_ends_in_time_is_left_alone() -> None:
    asked: list[int] = []

    def found() -> None:
        asked.append(1)

    with hanging_up(0.01, found) as late:
        assert late.wait(5)
    with hanging_up(60, found) as early:
        pass
    assert not early.is_set()
    assert asked == [1]
