"""SLOs counted by a real Prometheus that scrapes a real exporter, pulled by a running evenkeel."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@dataclass
class Exporter:
    """Counts 20 requests a second, one of ten failing, and remembers what it counted when."""

    port: int = 0
    requests: float = 0
    failures: float = 0
    log: list[tuple[float, float, float]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stop.wait(0.05):
            self.requests += 1
            self.failures += self.requests % 10 == 0
            self.log.append((time.time(), self.requests, self.failures))

    def counted(self, start_s: float, end_s: float) -> tuple[float, float]:
        """(requests, failures) between two moments."""
        first = next(row for row in self.log if row[0] >= start_s)
        last = next(row for row in self.log if row[0] >= end_s)
        return last[1] - first[1], last[2] - first[2]


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    made = Exporter()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = f"# TYPE requests_total counter\nrequests_total {made.requests}\n"
            text += f"# TYPE failures_total counter\nfailures_total {made.failures}\n"
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    threading.Thread(target=made.run, daemon=True).start()
    yield made
    made.stop.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def prometheus(exporter: Exporter, tmp_path: Path, wait_until: Any) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    if shutil.which("prometheus") is None:
        pytest.skip("a real Prometheus is asked here; it is not installed")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (tmp_path / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: shop\n  static_configs:\n"
        f"  - targets: ['127.0.0.1:{exporter.port}']\n",
        encoding="utf-8",
    )
    url = f"http://127.0.0.1:{port}"
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
             f"--web.listen-address=127.0.0.1:{port}"],
            stdout=log, stderr=log,
        )  # fmt: skip

    def ready() -> bool:
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    wait_until(ready, within_s=60, what="Prometheus is ready")
    yield url, process
    process.terminate()
    process.wait(30)


CONFIGURATION = """
sources:
  prometheus: {{url: "{url}", every: 30s, delay: 5s, backfill_days: 1}}
services:
  shop:
    slos:
      checkout:
        target: 95 %
        sli:
          source:
            name: prometheus
            total: sum(increase(requests_total[1m]))
            bad: sum(increase(failures_total[1m]))
"""


def checkout(server: Any) -> dict[str, Any]:
    found = server.api("/slos", key=server.key("read"))["slos"]
    return next((each for each in found if each["slo"] == "checkout"), {})


def test_what_is_pulled_is_what_the_exporter_counted_and_a_source_that_is_down_is_unknown(
    start_server: Any, exporter: Exporter, prometheus: Any, wait_until: Any, tmp_path: Path
) -> None:
    url, process = prometheus
    home = tmp_path / "home"
    home.mkdir()
    (home / "evenkeel.yaml").write_text(CONFIGURATION.format(url=url), encoding="utf-8")
    server = start_server(home)
    began_s = time.time()
    # Nobody but Prometheus tells of the shop.
    first_s = (began_s // 60 + 1) * 60  # the first whole minute that Prometheus scraped
    wait_until(lambda: checkout(server), within_s=60, what="the SLO is there")
    wait_until(lambda: time.time() > first_s + 125, within_s=200, what="two whole minutes")

    requests, failures = exporter.counted(first_s, first_s + 120)

    def pulled() -> Any:
        budget = checkout(server).get("budget")
        return budget if budget and budget["counted"] > 0.85 * requests else None

    budget = wait_until(pulled, within_s=180, what="they are pulled")
    print(f"{budget['counted']} pulled beside {requests} of two minutes and {exporter.requests} of all")
    assert 0.85 * requests < budget["counted"] < 1.05 * exporter.requests
    assert budget["spent"][0] / budget["counted"] == pytest.approx(failures / requests, rel=0.1)
    process.terminate()
    process.wait(30)
    health = wait_until(
        lambda: next((c for c in server.api("/health", key=server.key("read"))["checks"]
                      if c["name"] == "source prometheus" and c["status"] == "warning"), None),
        within_s=240, what="the health page says that the source is down",
    )  # fmt: skip
    assert "cannot be reached" in health["finding"]
