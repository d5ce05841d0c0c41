"""The prober as a process: lean, led by what control published, and nothing it found is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.app.offline import opened
from evenkeel.app.prober import probe_once, published_probes
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.observe.probes.model import DependencyTarget, Probe, Timing, probe_document
from evenkeel.store.system import SystemClock
from evenkeel.store.tables import publish

PROBE = Probe("front", "shop", "production", DependencyTarget("other", "127.0.0.1", 1), Timing(1, 0.5))


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)
    return found


def test_a_prober_loads_no_engine_no_configuration_and_no_judge() -> None:
    code = (
        "import sys\nimport evenkeel.app.prober\n"
        "heavy = ('duckdb', 'sqlalchemy', 'pydantic', 'yaml', 'fastapi', 'numpy', 'evenkeel.judge', 'evenkeel.web')\n"
        "print(sorted({name for name in heavy if name in sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_it_finds_is_in_its_journal_and_it_ends_when_told(home: Home) -> None:
    home.create()
    publish(home.probes, {"version": 1, "probes": [probe_document(PROBE)]})
    process = subprocess.Popen([sys.executable, "-m", "evenkeel.app.prober", "--home", str(home.root)])
    try:
        wait_until(lambda: home.prober.exists(), "the prober says who it is")
        assert json.loads(home.prober.read_bytes())["pid"] == process.pid
        journal = home.journal / "probes"
        wait_until(lambda: any(file.stat().st_size > 100 for file in journal.glob("*.log")), "a run is written down")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not home.prober.exists()
    with opened(home) as control:
        control.folding.drain()
        now_us = SystemClock().now_us()
        (row,) = control.stores.telemetry.probes(Window(now_us - US_PER_DAY, now_us))
    assert (row.name, row.kind, row.vantage, row.last_outcome) == ("front", "dependency", "local", "bad")


def test_the_probes_in_force_are_those_that_control_published_last(home: Home) -> None:
    assert published_probes(home).current() == ()
    with opened(home) as control:
        home.configuration.write_text("probes: {front: {service: shop, tls: {host: shop.example}}}", encoding="utf-8")
        control.judging.step()
    assert [probe.name for probe in published_probes(home).current()] == ["front"]


def test_one_probe_is_run_here_and_now() -> None:
    probe, result = probe_once([PROBE], "front")
    assert (probe, result.outcome, result.reason) == (PROBE, "bad", "refused")
    with pytest.raises(NotFoundError, match="Known: front"):
        probe_once([PROBE], "back")
