"""In CI a skipped test is a failure: what was not tried must not read as green."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from evenkeel.testing.redis_server import RedisServer, find_binary

# Machines are shared: how long an example took says nothing of what it found.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

#: Node ids that may be skipped in CI: what no package can install. Everything else is installed by `.ci/run`.
SKIPPED_IN_CI: Final[frozenset[str]] = frozenset(
    (
        # Needs the right to mount; the test before it lets the kernel refuse to write without that right.
        "tests/e2e/test_intake_process.py::test_a_full_file_system_answers_503_and_the_same_worker_recovers",
    )
)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The report of one phase of a test."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        _refuse(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The report of reading one module, which may skip all of it."""
    report = yield
    if report.skipped:
        _refuse(report)
    return report


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") and report.nodeid not in SKIPPED_IN_CI:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and in CI nothing may be: {report.longreprtext}"


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[RedisServer]:
    """One that writes everything down, and may be killed."""
    if not find_binary():
        pytest.skip("no Redis is installed (Debian package redis-server)")
    (tmp_path / "redis").mkdir()
    server = RedisServer(tmp_path / "redis").start()
    yield server
    server.stop()
