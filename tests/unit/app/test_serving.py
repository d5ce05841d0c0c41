"""A socket of one's own, or an error that says what to do; an end in which everything is closed."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from evenkeel.app.serving import check_free, listen
from evenkeel.kernel.errors import ConflictError

_SERVED = """
import asyncio, signal, sys, uvicorn
from evenkeel.app.serving import OrderlyServer, listen

async def answer(scope, receive, send):
    ...

async def main():
    config = uvicorn.Config(answer, lifespan="off", log_level="error")
    server = OrderlyServer(config, lambda port: print(port, flush=True))
    await server.serve(sockets=[listen("127.0.0.1", 0, option="--port")])

asyncio.run(main())
signal.raise_signal(signal.SIGTERM)  # one more, while what was open is being closed
print("closed", flush=True)
"""


def test_port_zero_takes_any_free_port() -> None:
    with closing(listen("127.0.0.1", 0, option="--port")) as listener:
        assert listener.getsockname()[1] > 0


def test_a_port_in_use_is_named_with_the_option_that_chooses_another() -> None:
    with closing(listen("127.0.0.1", 0, option="--port")) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConflictError, match=rf"Port {port} of 127.0.0.1 is in use .* choose --port PORT"):
            listen("127.0.0.1", port, option="--port")


def test_workers_share_a_port_and_a_stranger_is_not_let_in_unnoticed() -> None:
    with closing(listen("127.0.0.1", 0, option="--intake-port", shared=True)) as first:
        port = first.getsockname()[1]
        listen("127.0.0.1", port, option="--intake-port", shared=True).close()
        with pytest.raises(ConflictError, match="in use"):
            check_free("127.0.0.1", port, option="--intake-port")
    check_free("127.0.0.1", port, option="--intake-port")


def test_an_address_that_is_not_ours_is_said_so() -> None:
    with pytest.raises(ConflictError, match=r"Nothing can listen at 192\.0\.2\.1.*Choose another --host"):
        listen("192.0.2.1", 0, option="--port")


def test_a_name_is_looked_up() -> None:
    with closing(listen("localhost", 0, option="--port")) as listener:
        assert listener.family in (socket.AF_INET, socket.AF_INET6)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_after_a_signal_what_serves_comes_to_its_end_and_a_second_one_does_not_cut_it_short(number: int) -> None:
    with subprocess.Popen([sys.executable, "-c", _SERVED], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert int(child.stdout.readline()) > 0
        child.send_signal(number)
        assert child.stdout.read() == "closed\n"
        assert child.wait(10) == 0
