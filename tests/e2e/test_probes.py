"""Probes from outside: a real nginx is asked by a running evenkeel and from another place, breaks and comes back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
CONFIGURATION = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location /healthz {{ return 200 "ready"; }}
    location /ask {{
      default_type application/json;
      return 200 '{{"answer": "Within 14 days.", "sources": [{{"id": "a"}}]}}';
    }}
  }}
  server {{
    listen 127.0.0.1:{tls_port} ssl;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
  }}
}}
"""
PROBES = """
services:
  shop:
    slos:
      returns: {{sli: {{probes: [returns]}}, target: 90 %, alerts: ["page 1h 5m 5"]}}
probes:
  front:
    service: shop
    every: 2s
    timeout: 1 s
    vantage: [local, far]
    http: {{url: "http://localhost:{port}/healthz", expect: {{body_contains: ready}}}}
  cert:
    service: shop
    every: 2s
    timeout: 1 s
    tls: {{host: localhost, port: {tls_port}, ca_file: "{folder}/server.pem", days: 14}}
  returns:
    service: shop
    every: 2s
    timeout: 1 s
    golden:
      url: "http://localhost:{port}/ask"
      ask: May I return shoes?
      answer_path: answer
      answer_contains: [14 days]
      documents_path: sources.*.id
      documents: [a, b]
  vectors:
    service: shop
    every: 2s
    timeout: 1 s
    dependency: {{what: vector_database, connect: "localhost:{closed}"}}
"""


@dataclass
class Nginx:
    """A web server of one's own, which can be stopped and started again."""

    folder: Path
    port: int
    tls_port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self, wait_until: Any) -> None:
        assert NGINX is not None
        configuration = self.folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=self.folder, port=self.port, tls_port=self.tls_port))
        self.process = subprocess.Popen([NGINX, "-p", str(self.folder), "-c", str(configuration), "-e", "stderr"])
        wait_until(self._listens, within_s=20, what="nginx listens")

    def _listens(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            self.process = None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory, wait_until: Any) -> Iterator[Nginx]:
    if NGINX is None:
        pytest.skip("nginx is what is probed here; it is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.pem",
         "-days", "7", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    made = Nginx(folder, free_port(), free_port())
    made.start(wait_until)
    yield made
    made.stop()


@pytest.fixture(scope="module", autouse=True)
def configured(server: Any, nginx: Nginx) -> None:
    text = PROBES.format(folder=nginx.folder, port=nginx.port, tls_port=nginx.tls_port, closed=free_port())
    (server.home / "evenkeel.yaml").write_text(text, encoding="utf-8")


def stand(server: Any, name: str, vantage: str = "local") -> tuple[str, str]:
    """(status, reason of the last run) of a probe."""
    found = server.api("/probes", key=server.key("read"))["probes"]
    line = next((each for each in found if (each["name"], each["vantage"]) == (name, vantage)), None)
    return ("", "") if line is None else (line["status"], (line["last"] or {}).get("reason", ""))


def test_each_kind_of_probe_says_what_it_found(server: Any, wait_until: Any) -> None:
    for name, expected in {
        "front": ("ok", ""),
        "cert": ("warning", "tls_expires_soon"),
        "returns": ("breach", "golden_documents"),
        "vectors": ("breach", "refused"),
    }.items():
        wait_until(lambda name=name, expected=expected: stand(server, name) == expected, within_s=30, what=name)


def test_a_service_known_by_its_probe_only_appears_and_is_judged(server: Any, wait_until: Any) -> None:
    def judged() -> Any:
        return next((each for each in server.api("/services", key=server.key("read"))["services"]), None)

    service = wait_until(judged, within_s=30, what="the service appears")
    assert (service["service"], service["why_not_judged"], service["cadence_s"]) == ("shop", "", 2)
    assert "availability" in {objective["objective"] for objective in service["objectives"]}


def test_a_wrong_answer_spends_the_budget_of_its_slo_and_fires_its_rule_and_nothing_else(
    server: Any, run: Any, wait_until: Any
) -> None:
    def firing() -> set[tuple[str, str]]:
        found = server.api("/alerts", key=server.key("read"))["alerts"]
        return {(each["objective"], each["rule"]) for each in found if each["state"] == "firing"}

    wait_until(lambda: ("returns", "burn-1h-5m") in firing(), within_s=120, what="the rule of its SLO fires")
    slos = {each["slo"]: each for each in server.api("/slos", key=server.key("read"))["slos"]}
    returns = slos["returns"]
    assert (returns["counts"], returns["target_met"]) == ("failed runs of returns", False)
    assert returns["budget"]["spent"][0] == returns["budget"]["counted"] > 0
    assert {objective for objective, _ in firing()} == {"returns"}
    (service,) = server.api("/services", key=server.key("read"))["services"]
    availability = next(each for each in service["objectives"] if each["objective"] == "availability")
    assert availability["status"] != "breach"
    assert slos["availability"]["budget"]["spent"][0] == 0
    shown = run("slo", "show", "shop", "returns", "--home", server.home)
    assert "counts failed runs of returns" in shown.stdout
    failed = server.api("/events?probe=returns&outcome=bad", key=server.key("read"))["events"]
    assert {(each["operation"], each["reason"]) for each in failed} == {("golden", "golden_documents")}


def test_an_outage_is_seen_within_seconds_and_so_is_its_end(
    server: Any, nginx: Nginx, run: Any, wait_until: Any
) -> None:
    assert run("probes", "run", "front", "--home", server.home).returncode == 0
    nginx.stop()
    wait_until(lambda: stand(server, "front") == ("breach", "refused"), within_s=15, what="the outage is seen")
    once = run("probes", "run", "front", "--home", server.home, "--json")
    assert once.returncode == 10
    assert json.loads(once.stdout)["reason"] == "refused"
    nginx.start(wait_until)
    wait_until(lambda: stand(server, "front") == ("ok", ""), within_s=15, what="its end is seen")
    wait_until(lambda: stand(server, "cert")[0] == "warning", within_s=15, what="the certificate is seen again")
    listed = run("probes", "list", "--home", server.home)
    assert "● ok" in listed.stdout
    assert "its certificate expires in" in listed.stdout.lower()


def test_another_place_runs_them_too_and_sends_what_it_finds(
    server: Any, run: Any, wait_until: Any, tmp_path: Path
) -> None:
    table = tmp_path / "probes.json"
    table.write_text(run("probes", "table", "--home", server.home).stdout, encoding="utf-8")
    log = tmp_path / "far.log"
    with log.open("wb") as output:
        far = subprocess.Popen(
            [*run.program, "probes", "watch", "--table", str(table), "--vantage", "far", "--to", server.intake_url],
            env={**os.environ, "EVENKEEL_KEY": server.key("intake")}, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        wait_until(lambda: stand(server, "front", "far") == ("ok", ""), within_s=30, what="the other place is heard")
    finally:
        far.send_signal(signal.SIGTERM)
        assert far.wait(20) == 0, log.read_text()
    assert "1 of 4 probes run from far: front" in log.read_text()


def test_a_prober_that_is_stopped_is_stale_and_one_that_is_killed_comes_back(server: Any, wait_until: Any) -> None:
    before = json.loads((server.home / "prober.json").read_bytes())
    os.kill(before["pid"], signal.SIGSTOP)
    wait_until(lambda: stand(server, "front")[0] == "stale", within_s=20, what="a prober that stands still is stale")
    os.kill(before["pid"], signal.SIGKILL)
    wait_until(lambda: stand(server, "front")[0] == "ok", within_s=30, what="another prober in its place")
    assert json.loads((server.home / "prober.json").read_bytes())["pid"] != before["pid"]
