"""A process is known by its number and when it began: numbers are given again."""

from __future__ import annotations

import os
import subprocess
import sys

from evenkeel.app.running import is_running, own_identity


def test_this_process_runs() -> None:
    assert own_identity()["pid"] == os.getpid()
    assert is_running(own_identity())


def test_another_process_with_the_same_number_is_not_the_same() -> None:
    assert not is_running({**own_identity(), "started": "another-boot 17"})


def test_a_file_of_an_earlier_release_knows_the_number_only() -> None:
    assert is_running({"pid": os.getpid()})


def test_a_process_that_ended_does_not_run_even_before_its_parent_looked() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read()  # closed by its end
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not is_running({"pid": child.pid})
    assert not is_running({"pid": child.pid})
