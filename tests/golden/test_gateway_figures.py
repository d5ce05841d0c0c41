"""What the gateway's benchmarks make of what they saw: figures, requirements, and what is not known."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
Bench = Callable[[str], ModuleType]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Modules of `bench`, which is no part of the package."""
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    return lambda name: importlib.import_module(f"bench.{name}")


def test_rounds_are_added_up_before_anything_is_divided(bench: Bench) -> None:
    wrk = bench("wrk")
    both = wrk.together([wrk.Load(1_000, 0, 1.0, 0.5), wrk.Load(3_000, 1, 1.0, 0.5)])
    assert both == wrk.Load(4_000, 1, 2.0, 1.0)
    assert (both.per_cpu_s, both.per_wall_s, both.cpu_us) == (4_000, 2_000, 250)


def test_a_peer_is_compared_by_cpu_time_and_by_wall_time(bench: Bench) -> None:
    load, peers = bench("wrk").Load, bench("peers")
    peer = peers.Peer("other", 4.0, "100 before", peers.PEERS[0].start)
    rows = bench("gateway_throughput").compared(peer, load(500, 0, 1.0, 1.0), load(3_000, 0, 1.0, 0.75))
    assert [(row.measured, row.required) for row in rows] == [(8.0, 4.0), (6.0, 4.0)]


@pytest.mark.parametrize("failed", [0, 3])
def test_a_peer_that_did_not_answer_has_no_figure(bench: Bench, failed: int) -> None:
    load, peers = bench("wrk").Load, bench("peers")
    peer = peers.Peer("other", 4.0, "100 before", peers.PEERS[0].start)
    (row,) = bench("gateway_throughput").compared(peer, load(failed, failed, 1.0, 1.0), load(3_000, 0, 1.0, 1.0))
    assert row.measured is None
    assert f"{failed} of {failed} of its requests failed" in row.beside
    assert "100 before" in row.beside


def test_what_is_unknown_is_never_told_as_met(bench: Bench) -> None:
    report, main = bench("report"), bench("__main__")
    met = report.Row("met", 3.0, "s", 4.0, at_most=True)
    unknown = report.Row("times other", None, "×", 4.0)
    assert unknown.ratio is None
    assert "unknown" in report.render([unknown], heading="")
    assert main.summary([met]) == "every requirement is met"
    assert main.summary([met, unknown]) == "1 unknown: times other"
    assert main.summary([report.Row("slow", 5.0, "s", 4.0, at_most=True)]) == "1 missed: slow"


def test_gateway_means_all_of_its_benchmarks_and_a_name_only_itself(bench: Bench) -> None:
    main = bench("__main__")
    assert len(main.meant("gateway")) == 5
    assert main.meant("gateway_start") == ["gateway_start"]
    assert main.meant("gate") == []


def test_what_is_added_is_less_the_direct_answer_and_the_far_end_is_beside_a_relay(bench: Bench) -> None:
    taken = {"direct": [1.0], "usual": [3.0], "own": [2.0], "nginx": [1.5], "ours": [2.5], "guarded": [4.0]}
    cpu_us = {"usual": 230.0, "own": 70.0, "nginx": 25.0, "ours": 400.0, "guarded": 500.0}
    *rows, cpu = bench("gateway_latency").rows({name: each * 200 for name, each in taken.items()}, cpu_us)
    assert (cpu.measured, cpu.beside) == (400.0, "guard on 500; uvicorn and aiohttp 230; own HTTP 70; nginx 25")
    assert [(row.measured, row.required) for row in rows] == [
        (1.5, 1.5), (2.5, 4.5), (2.5, 3.0), (1.5, None), (3.0, None), (3.0, None)
    ]  # fmt: skip


def test_a_pause_changes_by_what_it_is_longer_or_shorter_than_it_was_sent(bench: Bench) -> None:
    read = bench("reader").Read(0, 200, [0, 5_000_000, 10_000_000], [1_000_000, 7_000_000, 10_000_000], is_whole=True)
    assert read.first_ms == 1.0
    assert read.gaps_ms() == [6.0, 3.0]
    assert read.drifts_ms() == [1.0, 2.0]


def test_a_stream_that_is_lost_is_missed_and_fewer_than_should_be_tried_are_said(bench: Bench) -> None:
    streams = bench("gateway_streams")
    rows = streams.open_rows(streams.Held(9_872, 9_872, 9_871, 50.0, 250.0, 20.0, 10.0), 20_000)
    assert [row.ratio is None or row.ratio >= 1 for row in rows] == [True, False, True, True]
    assert "no 10,000: a process may open 20,000 files here" in rows[0].beside
    assert round(rows[2].measured or 0, 1) == 20.7


def test_flat_is_judged_from_half_way_to_the_end(bench: Bench) -> None:
    rows = bench("gateway_memory").rows([(0, 50.0), (12, 70.0), (48, 90.0), (61, 100.0), (104, 120.0)], 100)
    assert [(row.what, row.measured) for row in rows[:3]] == [
        ("after 12 requests", 70.0), ("after 61 requests", 100.0), ("after 104 requests", 120.0)
    ]  # fmt: skip
    assert rows[3].measured == pytest.approx(20.0)
    assert (rows[3].ratio or 0) < 1


def test_a_percentile_is_a_value_that_was_seen(bench: Bench) -> None:
    percentile = bench("serving").percentile
    assert [percentile(range(1, 101), share) for share in (0.5, 0.99, 1.0)] == [50, 99, 100]
    assert percentile([7.0], 0.5) == 7.0
