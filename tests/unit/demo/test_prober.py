"""The sample production's prober waits for its services, and tells nothing of one that is silent."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from evenkeel.demo import prober
from evenkeel.demo.faults import break_
from evenkeel.demo.prober import main, ports_of
from evenkeel.demo.probes import VANTAGE, sample_probes, sample_table, table_path
from evenkeel.demo.process import Orders

PORTS = {"answerer": 1, "support-bot": 2, "chat-lounge": 3}


def test_it_waits_for_every_port_that_is_asked() -> None:
    assert ports_of(sample_probes(PORTS)) == {1, 2, 3}


def test_it_begins_when_all_have_answered_and_leaves_out_the_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running: list[Any] = []

    class Noted:
        """A prober that asks nobody."""

        def __init__(self, given: Any) -> None:
            self._given = given

        async def run(self) -> None:
            running.append(self._given)
            begun.set()
            await asyncio.Event().wait()

    begun, stop, served = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await served.wait()
        writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    async def story() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = int(server.sockets[0].getsockname()[1])
        table_path(tmp_path).parent.mkdir(exist_ok=True)
        table_path(tmp_path).write_text(json.dumps(sample_table(dict.fromkeys(PORTS, port))), encoding="utf-8")
        work = asyncio.create_task(main(Orders(tmp_path, "http://127.0.0.1:9", "", "ek_x", None), stop))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not begun.is_set()
        served.set()
        await asyncio.wait_for(begun.wait(), 10)
        assert running[0].vantage == VANTAGE
        assert {probe.service for probe in running[0].probes()} == {"support-bot", "chat-lounge"}
        break_(tmp_path, "silence", "support-bot")
        assert {probe.service for probe in running[0].probes()} == {"chat-lounge"}
        stop.set()
        await asyncio.wait_for(work, 10)
        server.close()

    monkeypatch.setattr(prober, "Prober", Noted)
    asyncio.run(story())
