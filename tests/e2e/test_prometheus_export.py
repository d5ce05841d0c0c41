"""A real Prometheus scrapes evenkeel, evaluates the rules it exports, and comes to evenkeel's own number."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PROMETHEUS = shutil.which("prometheus")
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed")]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def rows(outcome: str, count: int, ago_s: float) -> list[dict[str, Any]]:
    at = time.time() - ago_s
    row = {"kind": "prediction", "service": "shop", "latency_s": 0.1, "outcome": outcome}
    return [
        row | {"at": at - n / 100, "user": f"{outcome}{n}", "subject": f"{outcome}{ago_s}{n}"} for n in range(count)
    ]


@pytest.fixture
def prometheus(server: Any, spoken: None, tmp_path: Path, run: Any, wait_until: Any) -> Iterator[Any]:
    """Asks a Prometheus that scrapes `server` every second; `rules` are those it evaluates."""
    wait_until(lambda: "shop" in server.services(), within_s=30, what="the service is known")
    rules = run("export", "prometheus", "--service", "shop", "--home", server.home)
    assert rules.returncode == 0, rules.stderr
    (tmp_path / "rules.yml").write_text(rules.stdout, encoding="utf-8")
    where = urllib.parse.urlsplit(server.url)
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {
                "job_name": "evenkeel",
                "honor_labels": True,
                "authorization": {"credentials": server.key("read")},
                "static_configs": [{"targets": [where.netloc]}],
            }
        ],
    }
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    port = free_port()
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(PROMETHEUS), f"--config.file={tmp_path / 'prometheus.yml'}",
                f"--storage.tsdb.path={tmp_path / 'data'}", f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip

    def ask(query: str) -> dict[str, float]:
        url = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                found = json.load(answer)["data"]["result"]
        except OSError:
            return {}
        return {each["metric"].get("outcome", ""): float(each["value"][1]) for each in found}

    yield ask
    process.terminate()
    assert process.wait(30) == 0, (tmp_path / "prometheus.log").read_text("utf-8")


@pytest.fixture
def spoken(server: Any) -> None:
    """What was before Prometheus looked, so long ago that the windows compared here hold nothing of it."""
    server.key("read")
    assert server.post("/v1/events", rows("good", 40, 10_800))[0] == 200
    server.await_fold()


def test_a_real_prometheus_records_the_error_ratio_that_evenkeel_has(
    server: Any, prometheus: Any, wait_until: Any
) -> None:
    wait_until(lambda: prometheus('evenkeel_requests_total{service="shop"}'), within_s=60, what="a first scrape")
    assert server.post("/v1/events", rows("good", 450, 5) + rows("bad", 50, 5))[0] == 200
    of = '{sloth_service="shop", sloth_slo="error_rate"}'

    def recorded() -> float:
        return prometheus(f"slo:sli_error:ratio_rate5m{of}").get("", 0.0)

    wait_until(lambda: abs(recorded() - 0.1) < 1e-9, within_s=60, what="the ratio is recorded")

    def own() -> float:
        """The same share, by evenkeel's own burn rate over five minutes."""
        (slo,) = [each for each in server.api("/slos?service=shop")["slos"] if each["slo"] == "error_rate"]
        burns = [rule["short"]["burn"] for rule in slo["rules"] if rule["short"]["window_s"] == 300]
        return (burns[0] or 0.0) * (1 - slo["target"]) if burns else 0.0

    wait_until(own, within_s=30, what="evenkeel's own burn rate")
    burn = own() / 0.001
    assert recorded() == pytest.approx(own(), rel=1e-9)
    wait_until(
        lambda: abs(prometheus(f"slo:current_burn_rate:ratio{of}").get("", 0.0) - burn) < 1e-6,
        within_s=60,
        what="the burn rate is recorded",
    )
    alert = 'ALERTS{alertname="EvenkeelBudgetBurnPage", sloth_slo="error_rate", alertstate="firing"}'
    wait_until(lambda: prometheus(alert), within_s=60, what="the page fires")
    assert prometheus('evenkeel_slo_target_ratio{service="shop", slo="error_rate"}') == {"": 0.999}


def test_what_is_exported_as_openslo_is_in_order_and_comes_back(
    server: Any, spoken: None, run: Any, tmp_path: Path, wait_until: Any
) -> None:
    wait_until(lambda: server.api("/slos?service=shop")["slos"], within_s=30, what="its SLOs are watched")
    exported = run("slo", "export", "--service", "shop", "--home", server.home)
    assert exported.returncode == 0, exported.stderr
    assert "the second window of its burn rules (kept in evenkeel.dev/short-window)" in exported.stderr
    (tmp_path / "slos.yaml").write_text(exported.stdout, encoding="utf-8")
    for strictness in ("sdk", "spec"):
        checked = run("slo", "check", tmp_path / "slos.yaml", "--strict", strictness)
        assert (checked.returncode, checked.stdout) == (0, "In order: 4 SLOs.\n"), checked.stderr
    assert run("slo", "import", tmp_path / "slos.yaml", "--write", tmp_path / "ours.yaml").returncode == 0
    assert run("check", tmp_path / "ours.yaml").returncode == 0
    board = json.loads(run("export", "grafana", "--home", server.home).stdout)
    assert board["title"] == "evenkeel: SLOs"
