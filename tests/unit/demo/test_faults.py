"""What is broken on purpose is said in one file, which a process that reads never sees half."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.demo.faults import FAULTS, FaultFile, break_, faults_path, fix
from evenkeel.kernel.errors import InvalidInputError


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_in_force_until_it_is_fixed(tmp_path: Path, what: str) -> None:
    follower = FaultFile(tmp_path)
    assert not follower.current().has(what, "triage")
    break_(tmp_path, what)
    assert follower.current().has(what, "triage")
    assert fix(tmp_path).has(what, "triage")
    assert not follower.current().active


def test_a_fault_of_one_service_leaves_the_others_alone(tmp_path: Path) -> None:
    break_(tmp_path, "errors", "triage")
    faults = FaultFile(tmp_path).current()
    assert faults.has("errors", "triage")
    assert not faults.has("errors", "support-bot")


def test_faults_add_up(tmp_path: Path) -> None:
    break_(tmp_path, "errors")
    faults = break_(tmp_path, "latency", "chat-lounge")
    assert faults.has("errors", "chat-lounge")
    assert faults.has("latency", "chat-lounge")


def test_a_file_that_is_gone_means_that_nothing_is_broken(tmp_path: Path) -> None:
    follower = FaultFile(tmp_path)
    break_(tmp_path, "outage")
    assert follower.current().active
    faults_path(tmp_path).unlink()
    assert not follower.current().active


def test_an_unknown_fault_names_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="Did you mean latency"):
        break_(tmp_path, "latencies")
    with pytest.raises(InvalidInputError, match="Did you mean support-bot"):
        break_(tmp_path, "errors", "suport-bot")
    assert not faults_path(tmp_path).exists()
