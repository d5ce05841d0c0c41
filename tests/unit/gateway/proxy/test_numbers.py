"""What a worker tells of itself: every series that can be told is described, and no other is."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.gateway.proxy.counters import NUMBERS, PREFIX, GatewayCounters
from evenkeel.gateway.proxy.numbers import render_numbers


def test_every_series_a_worker_tells_is_described_before_it(gateway: Any) -> None:
    gateway.ask("/v1/nothing", method="GET")
    told = render_numbers(gateway.worker.app, lambda: 3).splitlines()
    names = {line.partition("{")[0].partition(" ")[0] for line in told if not line.startswith("#")}
    assert names == {line.split()[2] for line in told if line.startswith("# HELP")}
    assert names < {PREFIX + number.name for number in NUMBERS}
    assert f"{PREFIX}connections 3" in told


def test_counters_are_what_ends_in_total() -> None:
    assert all((number.kind == "counter") == number.name.endswith("_total") for number in NUMBERS)


def test_what_is_not_described_is_not_told() -> None:
    with pytest.raises(KeyError):
        GatewayCounters().render({"undescribed": 1})
