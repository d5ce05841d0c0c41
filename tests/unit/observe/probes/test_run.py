"""A prober at work: real time, real servers, and what it writes down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import OverloadedError
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.observe.probes import run
from evenkeel.observe.probes.model import HttpTarget, Probe, Result, Timing, TlsTarget
from evenkeel.observe.probes.run import Prober, ProberDependencies, probe_event, run_probe
from evenkeel.org.config.secrets import Secrets
from evenkeel.store.system import SystemClock

Runs = list[dict[str, Any]]


@dataclass
class JumpingClock(SystemClock):
    """The real clock, which can be pushed on: the process was paused."""

    pushed_s: float = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.pushed_s


@dataclass
class Desk:
    """A prober with what it wrote down."""

    probes: list[Probe]
    clock: JumpingClock = field(default_factory=JumpingClock)
    runs: Runs = field(default_factory=list)
    failures: int = 0

    async def commit(self, batch: EventBatch) -> None:
        if self.failures:
            self.failures -= 1
            raise OverloadedError("Too much waits.", retry_after_s=1)
        self.runs += [batch.row(index) for index in range(len(batch))]

    def work(self, until: Callable[[Runs], bool], meanwhile: Callable[[], None] | None = None) -> Runs:
        """Run until `until` holds of what was written down."""

        async def within() -> None:
            given = ProberDependencies(lambda: tuple(self.probes), self.commit, self.clock, Secrets({}), "local")
            task = asyncio.create_task(Prober(given).run())
            async with asyncio.timeout(30):
                while not until(self.runs):
                    await asyncio.sleep(0.05)
                    if meanwhile is not None:
                        meanwhile()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(within())
        return self.runs


def probe(url: str, name: str = "front", **more: Any) -> Probe:
    timing = Timing(more.pop("every_s", 1), more.pop("timeout_s", 0.5), 0.1)
    return Probe(name, "shop", "production", HttpTarget(url), timing, **more)


def test_each_second_holds_one_run_with_what_it_found(site: Any) -> None:
    site.on("/")
    runs = Desk([probe(site.url)]).work(lambda runs: len(runs) >= 3)
    assert [run["at"] // US_PER_SECOND - runs[0]["at"] // US_PER_SECOND for run in runs[:3]] == [0, 1, 2]
    first = runs[0]
    assert (first["kind"], first["source"], first["role"], first["outcome"]) == ("probe", "probe", "none", "good")
    assert (first["environment"], first["service"], first["operation"]) == ("production", "shop", "http")
    assert (first["subject"], first["label"], first["status_code"]) == ("front", "local", 200)
    assert json.loads(first["attributes"]) == {"probe": "front", "vantage": "local", "every_s": 1}
    assert len({run["event_id"] for run in runs}) == len(runs)


def test_a_probe_that_hangs_holds_up_no_other(site: Any, deaf: int) -> None:
    site.on("/")
    hangs = probe(f"http://127.0.0.1:{deaf}/", "hangs", every_s=3, timeout_s=2.5)
    runs = Desk([hangs, probe(site.url)]).work(lambda runs: any(run["subject"] == "hangs" for run in runs))
    (late,) = [run for run in runs if run["subject"] == "hangs"]
    assert (late["outcome"], late["reason"]) == ("bad", "timeout")
    assert sum(run["outcome"] == "good" for run in runs) >= 2


def test_other_vantages_are_left_to_others_and_changes_are_followed(site: Any) -> None:
    site.on("/")
    desk = Desk([probe(site.url, "theirs", vantages=("far",)), probe(site.url, "ours")])
    desk.work(lambda runs: len(runs) >= 1)
    desk.probes = [probe(site.url, "new")]
    desk.work(lambda runs: any(run["subject"] == "new" for run in runs))
    assert {run["subject"] for run in desk.runs} == {"ours", "new"}


def test_a_prober_that_was_held_up_blames_nobody(deaf: int) -> None:
    desk = Desk([probe(f"http://127.0.0.1:{deaf}/")])
    pauses = iter([0.0] * 4 + [5.0] * 1_000)

    def pause() -> None:
        desk.clock.pushed_s += next(pauses)  # time passes while this loop stands still

    (first, *_) = desk.work(lambda runs: len(runs) >= 1, pause)
    assert (first["outcome"], first["reason"]) == ("none", "prober_stalled")


def test_too_many_at_a_time_are_not_begun_and_say_so(site: Any, deaf: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CONCURRENT_MAX", 2)
    hanging = [probe(f"http://127.0.0.1:{deaf}/", f"probe {n}", every_s=4, timeout_s=3.7) for n in range(5)]
    runs = Desk(hanging).work(lambda runs: len(runs) >= 5)
    assert {(run["outcome"], run["reason"]) for run in runs} == {("none", "prober_busy"), ("bad", "timeout")}


def test_a_result_that_could_not_be_written_down_is_tried_again(
    site: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(run, "COMMIT_AGAIN_S", (0.01, 0.01))
    site.on("/")
    desk = Desk([probe(site.url, every_s=1)], failures=2)
    desk.work(lambda runs: len(runs) >= 1)
    assert caplog.records == []
    desk.failures = 3
    desk.work(lambda runs: desk.failures == 0 and bool(caplog.records))
    assert "the result of probe front is lost" in caplog.text


def test_a_fault_of_the_prober_ends_as_none(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(run, "ask_http", broken)
    found = asyncio.run(run_probe(probe("http://localhost/"), Secrets(), SystemClock()))
    assert (found.outcome, found.reason) == ("none", "prober_failed")
    assert "probe front failed" in caplog.text


def test_a_missing_secret_is_no_failure_of_the_service(site: Any) -> None:
    target = HttpTarget(site.url, headers={"authorization": "Bearer env:ABSENT"})
    chosen = Probe("front", "shop", "production", target, Timing(1, 0.5))
    found = asyncio.run(run_probe(chosen, Secrets({}), SystemClock()))
    assert (found.outcome, found.reason) == ("none", "prober_setup")
    assert "ABSENT" in found.detail


def test_an_event_carries_the_days_of_a_certificate_and_no_empty_reason() -> None:
    chosen = Probe("cert", "shop", "production", TlsTarget("shop.example"), Timing(3600, 5))
    event = probe_event(chosen, "far", Result("good", value=80.0, value_kind="days"), 5)
    assert (event["operation"], event["value"], event["value_kind"], event["reason"]) == ("tls", 80.0, "days", None)
    assert (event["at"], event["arrived_at"], event["label"]) == (5, 5, "far")
    batch = EventBatch()
    batch.add(event)
    assert len(batch) == 1
