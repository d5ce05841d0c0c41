"""The supervisor: what it starts and ends, and that it starts nothing it cannot finish."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.app.running import is_running
from evenkeel.app.serving import listen
from evenkeel.app.supervisor import Supervisor, UpOptions
from evenkeel.kernel.errors import ConflictError, HomeBusyError


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)
    return found


def identities(home: Home) -> list[Any]:
    return [json.loads(file.read_bytes()) for file in (home.server, *sorted(home.workers.glob("*.json")))]


def alive(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.mark.slow
def test_everything_is_started_watched_and_ended_together(home: Home) -> None:
    supervisor = Supervisor(UpOptions(home, port=0, intake_port=0, workers=2, gateway_port=0), time.monotonic)
    supervisor.start()
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    try:
        assert alive(supervisor.url)
        assert alive(f"http://127.0.0.1:{supervisor.intake_port}")
        assert supervisor.setup_url is not None
        assert supervisor.setup_url.startswith(f"{supervisor.url}/setup?token=")
        before = identities(home)
        assert len(before) == 3
        os.kill(before[1]["pid"], signal.SIGKILL)
        wait_until(lambda: identities(home)[1]["pid"] != before[1]["pid"], "another worker in its place")
        assert identities(home)[1]["port"] == before[1]["port"]
    finally:
        supervisor.stop()
        watching.join(10)
    assert not watching.is_alive()
    assert supervisor.is_ending
    assert not any(is_running(identity) for identity in before)
    assert not home.server.exists()
    assert list(home.workers.glob("*.json")) == []


def test_a_port_in_use_is_said_before_anything_is_started(home: Home) -> None:
    with listen("127.0.0.1", 0, option="--port") as taken:
        port = taken.getsockname()[1]
        supervisor = Supervisor(UpOptions(home, port=0, intake_port=port, gateway_port=0), time.monotonic)
        with pytest.raises(ConflictError, match=f"Port {port}.*--intake-port"):
            supervisor.start()
        supervisor.stop()
    assert not home.server.exists()


def test_why_control_could_not_start_is_said_as_it_said_it(home: Home, tmp_path: Path) -> None:
    home.create()
    code = (
        "import sys\nfrom pathlib import Path\nfrom evenkeel.app.home import Home\n"
        "from evenkeel.app.offline import opened\n"
        "with opened(Home(Path(sys.argv[1]))):\n    print('open', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        supervisor = Supervisor(UpOptions(home, port=0, intake_port=0, gateway_port=0), time.monotonic)
        with pytest.raises(HomeBusyError, match="held by another evenkeel process"):
            supervisor.start()
        supervisor.stop()
        other.communicate("")


def test_after_the_end_nothing_is_started_any_more(home: Home) -> None:
    supervisor = Supervisor(UpOptions(home, port=0, intake_port=0, gateway_port=0), time.monotonic)
    supervisor.stop()
    with pytest.raises(ConflictError, match="evenkeel is ending"):
        supervisor.start()
    assert not home.server.exists()
