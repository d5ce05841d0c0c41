"""A real Prometheus with a history of two hours, written by its own tool, and records to keep pulled minutes in."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from evenkeel.kernel.time import US_PER_HOUR, US_PER_SECOND, Window, floor_hour
from evenkeel.store.records.engine import Records
from evenkeel.store.system import SystemClock

SCRAPE_S = 15
#: Requests per second, and of them failing, for the two hours of history.
PER_S, FAILING_PER_S = 4, 1


@dataclass
class RealPrometheus:
    """A server of one's own, which can be stopped and started again."""

    folder: Path
    port: int
    history: Window  # whole minutes of its history
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        configuration = self.folder / "prometheus.yml"
        configuration.write_text("global: {scrape_interval: 15s}\n", encoding="utf-8")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={self.folder}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--storage.tsdb.retention.time=30d"],
                stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while not self._is_ready():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "Prometheus does not get ready"
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None


def history(window: Window) -> str:
    """Samples every 15 s: counters that are reset after an hour, a gauge with a hole, a share."""
    reset_us = window.start_us + US_PER_HOUR
    lines: dict[str, list[str]] = {"requests": [], "failures": [], "gappy": [], "share": []}
    for at_us in range(window.start_us, window.end_us + 1, SCRAPE_S * US_PER_SECOND):
        since_us = reset_us if at_us >= reset_us else window.start_us
        age_s, at = (at_us - since_us) / US_PER_SECOND, at_us / US_PER_SECOND
        lines["requests"].append(f'requests_total{{code="all"}} {PER_S * age_s} {at}')
        lines["failures"].append(f'failures_total{{code="500"}} {FAILING_PER_S * age_s} {at}')
        if not 30 <= (at_us - window.start_us) / US_PER_SECOND / 60 < 60:
            lines["gappy"].append(f"gappy {PER_S} {at}")
        lines["share"].append(f"share 0.25 {at}")
    kinds = {"requests": "counter", "failures": "counter", "gappy": "gauge", "share": "gauge"}
    return (
        "".join(f"# TYPE {name} {kinds[name]}\n" + "\n".join(rows) + "\n" for name, rows in lines.items()) + "# EOF\n"
    )


@pytest.fixture(scope="package")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPrometheus]:
    if shutil.which("prometheus") is None or shutil.which("promtool") is None:
        pytest.skip("a real Prometheus is asked here; it is not installed")
    folder = tmp_path_factory.mktemp("prometheus")
    end_us = floor_hour(SystemClock().now_us() - US_PER_HOUR)
    window = Window(end_us - 2 * US_PER_HOUR, end_us)
    (folder / "history").write_text(history(window), encoding="utf-8")
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(folder / "history"), str(folder / "data")],
        check=True, capture_output=True,
    )  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    made = RealPrometheus(folder, port, window)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def reopen(tmp_path: Path) -> Iterator[Callable[[], Records]]:
    """Opens the same records again, as another process would."""
    opened: list[Records] = []

    def again() -> Records:
        opened.append(Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}"))
        return opened[-1]

    yield again
    for each in opened:
        each.close()
