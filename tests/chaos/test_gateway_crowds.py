"""One gateway worker, and many callers who all hold it: with streams that stay open, with heads that never end."""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import uvloop

from evenkeel.gateway.http.model import ServerLimits

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PATIENCE_S = 90.0
STREAMS = 500
#: A connection on both sides, a request, its meter, and what an allocator rounds up: 24 were measured.
STREAM_KB_MAX = 64.0
SLOW = 200
#: Nobody who asks in earnest waits for those who do not.
FIRST_MS_MAX = 5_000.0


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`bench.gateway_streams`, which is no part of the package."""
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    return importlib.import_module("bench.gateway_streams")


def test_500_streams_are_open_at_once_in_one_worker_all_end_whole_and_each_takes_few_kilobytes(
    bench: ModuleType, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        upstream = stack.enter_context(bench.streamer(0, 0))
        server = stack.enter_context(bench.gateway(tmp_path / "home", upstream.port))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            held = runner.run(asyncio.wait_for(bench.hold(server, upstream, STREAMS), PATIENCE_S))
    assert (held.opened, held.whole) == (STREAMS, STREAMS)
    assert 1024 * (held.rss_open_mb - held.rss_before_mb) / STREAMS < STREAM_KB_MAX


def test_callers_who_send_a_byte_of_their_head_a_second_are_let_go_and_hold_nobody_up(
    bench: ModuleType, tmp_path: Path
) -> None:
    async def together(server: Any) -> tuple[list[tuple[bytes, float]], list[Any]]:
        reads: list[Any] = []
        crawling = asyncio.gather(*(crawl(server.port) for _ in range(SLOW)))
        while not crawling.done():
            reads += await bench.read_streams(server, 4, 1, 0.05)
        return await crawling, reads

    with ExitStack() as stack:
        upstream = stack.enter_context(bench.streamer(2, 1))
        server = stack.enter_context(bench.gateway(tmp_path / "home", upstream.port))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            slow, reads = runner.run(asyncio.wait_for(together(server), PATIENCE_S))
    limits = ServerLimits()
    assert {answer[:12] for answer, _ in slow} == {b"HTTP/1.1 408"}
    assert max(taken_s for _, taken_s in slow) < limits.head_s + 5 * limits.sweep_s
    assert len(reads) > SLOW
    assert all(read.is_whole for read in reads)
    assert max(read.first_ms for read in reads) < FIRST_MS_MAX


async def crawl(port: int) -> tuple[bytes, float]:
    """What a caller is told who sends a byte a second, and after how many seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began_s = time.monotonic()
    try:
        for byte in b"POST /v1/chat/completions HTTP/1.1\r\nhost: here\r\n":
            writer.write(bytes([byte]))
            try:
                return await asyncio.wait_for(reader.read(65_536), 1.0), time.monotonic() - began_s
            except TimeoutError:
                continue
        return b"", time.monotonic() - began_s
    finally:
        writer.close()
