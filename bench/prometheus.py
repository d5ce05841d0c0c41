"""A real Prometheus and a real Alertmanager with their usual intervals, over what evenkeel exposes and exports."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import yaml
from bench.processes import until

PROGRAMS: Final = ("prometheus", "promtool", "prometheus-alertmanager")
INTERVAL_S: Final = 15
GROUP_WAIT_S: Final = 30
READY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Subject:
    """What is watched, and whom Alertmanager tells."""

    home: Path
    url: str  # of evenkeel's UI
    read_key: str
    hook: str
    services: Sequence[str]
    per_second: float  # the requests that each of them had until `past_end_s`
    past_s: int
    past_end_s: float


def missing() -> str:
    """Why there can be none; empty where there can."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"{', '.join(absent)} not installed" if absent else ""


@contextmanager
def watching(folder: Path, subject: Subject) -> Generator[None]:
    """Both at work, once Prometheus has scraped what it is to watch."""
    folder.mkdir()
    _write_rules(folder, subject)
    _write_past(folder, subject)
    alertmanager, prometheus = _free_port(), _free_port()
    _write_configuration(folder, subject, alertmanager)
    commands = (
        [
            "prometheus-alertmanager",
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{alertmanager}",
            "--cluster.listen-address=",
        ],
        [
            "prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{prometheus}",
        ],
    )
    processes: list[subprocess.Popen[bytes]] = []
    try:
        with (folder / "log").open("wb") as log:
            processes += [subprocess.Popen(each, stdin=subprocess.DEVNULL, stdout=log, stderr=log) for each in commands]
        ready = f"http://127.0.0.1:{alertmanager}/-/ready"
        until(lambda: _answers(ready, ""), READY_S, "Alertmanager is ready")
        scraped = quote(f'evenkeel_requests_total{{service="{subject.services[-1]}"}}')
        asked = f"http://127.0.0.1:{prometheus}/api/v1/query?query={scraped}"
        until(lambda: _answers(asked, '"metric"'), READY_S, "Prometheus has scraped")
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _write_rules(folder: Path, subject: Subject) -> None:
    """What `evenkeel export prometheus` says of these services."""
    for service in subject.services:
        command = ["export", "prometheus", "--service", service, "--home", str(subject.home)]
        done = subprocess.run(
            [sys.executable, "-m", "evenkeel.cli.main", *command], capture_output=True, text=True, check=True
        )
        (folder / f"rules-{service}.yml").write_text(done.stdout, encoding="utf-8")


def _write_past(folder: Path, subject: Subject) -> None:
    """The counters of the time before, which evenkeel has by import, so that both judge the same hour."""
    instance = urlsplit(subject.url).netloc
    lines: list[str] = []
    for name, label, good_a_second in (("requests", "outcome", subject.per_second), ("availability", "state", 1 / 60)):
        lines.append(f"# TYPE evenkeel_{name} counter")
        for service, (value, rate) in product(subject.services, (("good", good_a_second), ("bad", 0.0))):
            of = f'environment="production",service="{service}",{label}="{value}",job="evenkeel",instance="{instance}"'
            for at_s in range(0, subject.past_s, INTERVAL_S):
                when = subject.past_end_s - subject.past_s + at_s
                lines.append(f"evenkeel_{name}_total{{{of}}} {rate * at_s:.0f} {when:.3f}")
    (folder / "past.txt").write_text("\n".join([*lines, "# EOF", ""]), encoding="utf-8")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(folder / "past.txt"), str(folder / "data")]
    subprocess.run(command, check=True, capture_output=True)


def _write_configuration(folder: Path, subject: Subject, alertmanager: int) -> None:
    prometheus = {
        "global": {"scrape_interval": f"{INTERVAL_S}s", "evaluation_interval": f"{INTERVAL_S}s"},
        "rule_files": [f"rules-{service}.yml" for service in subject.services],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]},
        "scrape_configs": [
            {
                "job_name": "evenkeel",
                "honor_labels": True,
                "authorization": {"credentials": subject.read_key},
                "static_configs": [{"targets": [urlsplit(subject.url).netloc]}],
            }
        ],
    }
    page = {
        "receiver": "hook",
        "matchers": ['sloth_severity="page"'],
        "group_by": ["sloth_service"],
        "group_wait": f"{GROUP_WAIT_S}s",
    }
    told = {
        "route": {"receiver": "nobody", "routes": [page]},
        "receivers": [{"name": "nobody"}, {"name": "hook", "webhook_configs": [{"url": subject.hook}]}],
    }
    for name, document in (("prometheus", prometheus), ("alertmanager", told)):
        (folder / f"{name}.yml").write_text(yaml.safe_dump(document), encoding="utf-8")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _answers(url: str, word: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return word in answer.read().decode()
    except OSError:
        return False  # not yet there
