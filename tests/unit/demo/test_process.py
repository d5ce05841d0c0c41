"""A process ends when it is told to, and when its parent is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

_CHILD = """
import asyncio
from evenkeel.demo.process import Orders, run_process

async def main(orders: Orders, stop: asyncio.Event) -> None:
    print(orders.key, orders.port, flush=True)
    await stop.wait()
    print("ended", flush=True)

run_process(main)
"""


@pytest.mark.parametrize("how", ["signal", "parent"])
def test_it_ends_on_a_signal_and_when_its_parent_is_gone(how: str) -> None:
    arguments = [sys.executable, "-c", _CHILD, "--home", "/nowhere", "--intake", "http://127.0.0.1:9"]
    environment = {**os.environ, "EVENKEEL_DEMO_KEY": "ek_x"}
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"ek_x 0\n"
        if how == "signal":
            child.send_signal(signal.SIGTERM)
        else:
            child.stdin.close()
        assert child.stdout.readline() == b"ended\n"
        assert child.wait(10) == 0
