"""Listening, and an orderly end."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from evenkeel.gateway.http.model import ServerLimits

PATIENCE_S = 10.0
GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
HOLD = b"GET /hold HTTP/1.1\r\nhost: a\r\n\r\n"
STREAM = b"GET /stream HTTP/1.1\r\nhost: a\r\n\r\n"


def test_the_end_closes_idle_connections_and_lets_others_finish(served: Any, call: Any) -> None:
    idle, busy, streaming = call(served), call(served), call(served)
    idle.send(GET)
    assert idle.answer()[0] == 200
    streaming.send(STREAM)
    streaming.until(b"data: 1\n\n")
    served.app.reached.clear()
    busy.send(HOLD)
    assert served.app.reached.wait(PATIENCE_S)
    served.end()
    assert idle.rest() == b""
    with pytest.raises(ConnectionError):
        while True:
            call(served).socket.close()
    served.app.go_on()
    status, headers, body = busy.answer()
    assert (status, headers["connection"], body) == (200, "close", b"held")
    assert streaming.rest().endswith(b"data: 2\n\n\r\n0\r\n\r\n")
    assert served.stopped.wait(PATIENCE_S)


def test_what_does_not_end_in_time_is_cut_and_may_say_so(serve: Any, call: Any) -> None:
    with serve(grace_s=0.05) as served:  # `go_on` is what cuts, here
        streaming = call(served)
        streaming.send(STREAM)
        streaming.until(b"data: 1\n\n")
        served.end()
        assert streaming.rest().endswith(b"data: 2\n\n\r\n0\r\n\r\n")
        assert served.stopped.wait(PATIENCE_S)


def test_the_end_waits_for_what_is_done_after_a_caller_has_gone(served: Any, call: Any) -> None:
    caller = call(served)
    caller.send(b"GET /settle HTTP/1.1\r\nhost: a\r\n\r\n")
    assert served.app.reached.wait(PATIENCE_S)
    caller.send(b"x")
    caller.socket.close()
    assert served.app.gone.wait(PATIENCE_S)
    served.end()
    with pytest.raises(ConnectionError):
        while True:
            call(served).socket.close()
    assert not served.stopped.is_set()
    served.app.go_on()
    assert served.stopped.wait(PATIENCE_S)
    assert served.app.seen[-1][1] == "/settled"


def test_too_many_connections_are_refused_and_room_is_made_again(serve: Any, call: Any) -> None:
    with serve(ServerLimits(connections=2)) as served:
        first, second = call(served), call(served)
        for each in (first, second):
            each.send(GET)
            assert each.answer()[0] == 200
        third = call(served)
        assert third.answer()[0] == 503
        assert third.rest() == b""
        first.socket.close()
        third.socket.close()
        while served.server.count > 1:
            second.send(GET)
            second.answer()
        fourth = call(served)
        fourth.send(GET)
        assert fourth.answer()[0] == 200


def test_answers_say_when(served: Any, call: Any) -> None:
    caller = call(served)
    caller.send(GET)
    assert caller.answer()[1]["date"].endswith(" GMT")


CROWDED = """
import asyncio, resource, socket, sys
import uvloop
from evenkeel.gateway.http.model import ServerLimits
from evenkeel.gateway.http.server import Server
from evenkeel.store.system import SystemClock

class Rooms:
    async def answer(self, incoming):
        incoming.begin(200, [(b"content-length", b"2")])
        incoming.end(b"ok")

    def refuse(self, fault):
        return [(b"content-length", b"0")], b""

async def serve():
    listener = socket.create_server(("127.0.0.1", 0))
    await Server(Rooms(), SystemClock()).start([listener])
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    print(listener.getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(serve())
"""


def test_without_a_file_left_it_goes_on_and_serves_again_when_there_are() -> None:
    words = [sys.executable, "-c", CROWDED]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with ExitStack() as stack:
            crowd = [stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE_S)) for _ in range(100)]
            assert _is_answered(crowd[0])
            assert not _is_answered(crowd[-1])
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as later:
                if _is_answered(later):
                    break
            assert time.monotonic() < deadline
        assert process.poll() is None
        assert process.stdin is not None
        process.stdin.close()


def test_an_open_connection_takes_few_kilobytes() -> None:
    words = [sys.executable, "-c", CROWDED.replace("(64, 64)", "(1024, 1024)")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        port = int(process.stdout.readline())
        with ExitStack() as stack:

            def open_some(count: int) -> int:
                """Bytes the server takes with so many more."""
                for _ in range(count):
                    assert _is_answered(stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE_S)))
                pages = Path(f"/proc/{process.pid}/statm").read_text("ascii").split()[1]
                return int(pages) * resource.getpagesize()

            before = open_some(100)
            after = open_some(400)
        process.stdin.close()
    assert (after - before) / 400 < 8 * 1024


def _is_answered(connection: socket.socket) -> bool:
    try:
        connection.sendall(GET)
        return connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


LIMITED = """
import resource, logging, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s")
from evenkeel.gateway.http.server import raise_file_limit
resource.setrlimit(resource.RLIMIT_NOFILE, (64, int(sys.argv[1])))
print(raise_file_limit(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_as_many_files_are_opened_as_may_be_and_too_few_are_said() -> None:
    def told(hard: int) -> str:
        words = [sys.executable, "-c", LIMITED, str(hard)]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    assert told(8192) == "3968 8192\n"  # each may need one to an upstream
    few = told(1024)
    assert few.startswith("Only 1024 files may be open here")
    assert few.endswith("384 1024\n")
