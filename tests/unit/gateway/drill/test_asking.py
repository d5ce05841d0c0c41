"""What a worker's own port is asked, and what is made of an answer that is none."""

from __future__ import annotations

import socket
from typing import Any

from evenkeel.gateway.drill.asking import Door
from evenkeel.gateway.drill.model import LiveWorker


def test_nobody_there_is_no_answer(world: Any) -> None:
    del world
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    door = Door(LiveWorker("g0", port), 1.0)
    assert (door.ask("s"), door.open_stream("s"), door.await_end()) == ("", False, "")
    door.close()
