"""An answer comes out of a store as it went in, and for nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.gateway.cache.model import CachedAnswer, Partition
from evenkeel.gateway.cache.shared_entry import read_entry, write_entry
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.observe.events.context import Usage

BOT = Partition("team:care", "production", "bot", "1", 2**64 - 1)
ANSWER = CachedAnswer(
    200,
    ((b"content-type", b"text/event-stream"), (b"x-odd", b"\xff")),
    (b"data: \xc3", b"\xa9\n\n", b"data: [DONE]\n\n"),
    Metered(Usage(3, 0, None, 12), UsageSource.PROVIDER, model="m", finish="stop", response_id="c-1"),
    5,
    10**15,
)


def test_it_comes_out_as_it_went_in() -> None:
    assert read_entry(write_entry(ANSWER, BOT, 7), BOT) == (7, ANSWER)


@pytest.mark.parametrize("name", ["tenant", "environment", "service", "version", "user"])
def test_it_is_of_its_partition_only(name: str) -> None:
    other = replace(BOT, **{name: 1 if name == "user" else "other"})
    assert read_entry(write_entry(ANSWER, BOT, 7), other) is None
    assert read_entry(write_entry(ANSWER, replace(BOT, user=None), 7), BOT) is None


@pytest.mark.parametrize("data", [b"", b"\xff", b"text", write_entry(ANSWER, BOT, 7)[:-1], b"\x91\x01"])
def test_what_is_no_entry_is_said_so(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_entry(data, BOT)
