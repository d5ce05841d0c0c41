"""A process is known by its number and when it began: numbers are given again."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

from evenkeel.app.home import Home
from evenkeel.app.running import await_orphans, is_running, own_identity
from evenkeel.store.tables import publish


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


def test_a_supervised_process_says_by_whom() -> None:
    assert own_identity(supervised=True)["supervisor"]["pid"] == os.getppid()
    assert "supervisor" not in own_identity()


def test_what_a_killed_supervisor_left_is_waited_for_until_it_has_ended(home: Home) -> None:
    home.create()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as orphan:
        assert orphan.stdin is not None
        publish(home.workers / "w0.json", {"pid": orphan.pid, "supervisor": {"pid": os.getpid(), "started": "before"}})
        threading.Timer(0.2, orphan.stdin.close).start()
        await_orphans(home, time.monotonic, within_s=30.0)
        assert not is_running({"pid": orphan.pid})


def test_who_has_a_living_supervisor_or_none_is_not_waited_for(home: Home) -> None:
    home.create()
    publish(home.server, own_identity())
    publish(home.workers / "w0.json", {**own_identity(), "supervisor": own_identity()})
    await_orphans(home, time.monotonic, within_s=3_600.0)
