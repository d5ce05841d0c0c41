"""Every command as a process, on a home that a server owns and on one that nobody owns: the same answers."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

pytestmark = pytest.mark.e2e

MAPPING = """
name: e2e
columns: {at: finished, latency_s: took, tokens_in: tokens_in, tokens_out: tokens_out, status_code: status}
constants: {service: my-bot, model: gpt-4o-mini}
time: iso
zone: UTC
latency_unit: s
"""
ROWS = 40
WRONG = """
services:
  bot:
    objectives:
      latncy_p95: {target: 2 s}
      error_rate: {target: lots}
retentoin: {events: 30}
"""


def write_history(folder: Path) -> tuple[Path, Path]:
    """(a file of history, its mapping): 40 requests of the last hour, one of them failed."""
    source, mapping = folder / "history.csv", folder / "mapping.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    first = datetime.now(UTC) - timedelta(minutes=50)
    with source.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["finished", "took", "tokens_in", "tokens_out", "status"])
        for n in range(ROWS):
            at = first + timedelta(minutes=n)
            rows.writerow([at.isoformat(), 0.2 + n / 100, 1_000, 100, 500 if n == 7 else 200])
    return source, mapping


@pytest.fixture(params=["owned by a server", "owned by nobody"])
def home(request: pytest.FixtureRequest, start_server: Any, tmp_path: Path) -> Iterator[Path]:
    """A home with the history in it."""
    server = start_server(tmp_path / "home") if request.param == "owned by a server" else None
    yield tmp_path / "home"
    if server is not None:
        assert server.stop() == 0


def test_import_status_doctor_and_backup_say_the_same_with_and_without_a_server(
    home: Path, run: Any, wait_until: Any, tmp_path: Path
) -> None:
    source, mapping = write_history(tmp_path)
    first = run.json("import", "--mapping", mapping, source, "--home", home)
    assert (first["events"], first["rejected"], first["cost_usd"]) == (ROWS, 0, pytest.approx(ROWS * 0.00021))

    def judged() -> Any:
        services = run.json("status", "--home", home)["services"]
        rates = [o for s in services for o in s["objectives"] if o["objective"] == "error_rate"]
        return rates and rates[0]["windows"]["verdict"]["estimate"]["n"] == ROWS and services

    (service,) = wait_until(judged, within_s=20, what="what was imported is judged")
    assert (service["service"], service["environment"]) == ("my-bot", "production")
    rate = next(each for each in service["objectives"] if each["objective"] == "error_rate")
    assert rate["windows"]["verdict"]["estimate"]["value"] == pytest.approx(1 / ROWS)
    assert rate["status"] != "breach", "1 error in 40 proves nothing"

    again = run.json("import", "--mapping", mapping, source, "--home", home)
    assert (again["events"], again["written"]) == (ROWS, 0)
    found = run.json("doctor", "--home", home)
    assert found["status"] == "ok"
    assert {"warning", "breach"}.isdisjoint(check["status"] for check in found["checks"])

    copy = tmp_path / "copy.tar"
    made = run.json("backup", copy, "--home", home)
    assert made["events"] == ROWS
    assert run("backup", copy, "--home", home).returncode != 0, "a backup is overwritten"
    verified = run.json("restore", "--verify", copy)
    assert verified["events"] == ROWS
    restored = tmp_path / "restored"
    assert run.json("restore", copy, "--home", restored)["events"] == ROWS
    (same,) = run.json("status", "--home", restored)["services"]
    assert same["service"] == "my-bot"
    assert run.json("doctor", "--home", restored)["status"] == "ok"


def test_a_key_is_made_listed_rotated_and_revoked_with_and_without_a_server(home: Path, run: Any) -> None:
    secret = run("keys", "create", "e2e", "--service", "bot", "--home", home).stdout.strip()
    assert secret.startswith("ek_")
    (key,) = run.json("keys", "list", "--home", home)["keys"]
    assert (key["name"], key["scope"], key["services"], key["revoked_at"]) == ("e2e", "intake", ["bot"], None)
    fresh = run.json("keys", "rotate", key["id"], "--home", home)
    assert (fresh["id"], fresh["secret"] != secret) == (key["id"], True)  # all but the secret stays
    (rotated,) = run.json("keys", "list", "--home", home)["keys"]
    assert (rotated["rotated_at"] is not None, rotated["revoked_at"]) == (True, None)
    assert run("keys", "revoke", key["id"], "--home", home).returncode == 0
    (revoked,) = run.json("keys", "list", "--home", home)["keys"]
    assert revoked["revoked_at"] is not None
    unknown = run("keys", "revoke", "nobody", "--home", home)
    assert (unknown.returncode, "Traceback" in unknown.stderr) == (3, False)


def test_check_names_every_error_with_line_and_nearest_key(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "evenkeel.yaml"
    file.write_text(WRONG, encoding="utf-8")
    done = run("check", "--home", tmp_path)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == 4
    assert f"{file}:5:" in lines[0] or "evenkeel.yaml:5:" in lines[0]
    assert "did you mean latency_p95?" in lines[0]
    assert "evenkeel.yaml:6:" in lines[1]
    assert "evenkeel.yaml:7:" in lines[2]
    assert "did you mean retention?" in lines[2]
    assert lines[3].startswith("3 problems in ")
    problems = json.loads(run("check", "--home", tmp_path, "--json").stdout)["problems"]
    assert [problem["line"] for problem in problems] == [5, 6, 7]


def test_a_running_server_takes_a_new_configuration_and_keeps_the_last_good_one(
    start_server: Any, run: Any, wait_until: Any, tmp_path: Path
) -> None:
    server = start_server(tmp_path / "home")
    rows = [{"kind": "prediction", "service": "bot", "subject": str(n), "latency_s": 0.1} for n in range(5)]
    assert server.post("/v1/events", rows)[0] == 200
    file = server.home / "evenkeel.yaml"
    file.write_text("services: {bot: {owner: jo@example.org}}\n", encoding="utf-8")
    owner = lambda: server.services().get("bot", {}).get("labels", {}).get("owner")  # noqa: E731
    wait_until(lambda: owner() == "jo@example.org", within_s=15, what="the configuration is in force")
    file.write_text(WRONG, encoding="utf-8")

    def complains() -> bool:
        checks = {check["name"]: check for check in server.api("/health")["checks"]}
        return checks["configuration"]["status"] == "warning"

    wait_until(complains, within_s=15, what="the health page says that the configuration is wrong")
    assert owner() == "jo@example.org"
    assert run("doctor", "--home", server.home).returncode == 1
    server.stop()


def test_the_home_is_named_by_an_option_or_the_environment(run: Any, tmp_path: Path) -> None:
    by_environment = {"EVENKEEL_HOME": str(tmp_path / "a")}
    made = run.json("keys", "create", "one", env=by_environment)
    assert [key["id"] for key in run.json("keys", "list", env=by_environment)["keys"]] == [made["id"]]
    elsewhere = run("keys", "list", "--home", tmp_path / "b", env=by_environment)
    assert (elsewhere.returncode, (tmp_path / "b").exists()) == (3, False)
    assert f"There is no evenkeel home at {tmp_path / 'b'}" in elsewhere.stderr
    assert [key["id"] for key in run.json("keys", "list", "--home", tmp_path / "a")["keys"]] == [made["id"]]


def test_fail_on_breach_exits_with_ten_when_a_service_is_in_breach(
    run: Any, start_server: Any, tmp_path: Path, wait_until: Any
) -> None:
    server = start_server(tmp_path / "home")
    assert run("status", "--home", server.home, "--fail-on-breach").returncode == 0
    rows = [
        {"kind": "prediction", "service": "bot", "subject": str(n), "latency_s": 0.1, "error": "boom", "user": f"u{n}"}
        for n in range(500)
    ]
    assert server.post("/v1/events", rows)[0] == 200
    wait_until(lambda: server.services().get("bot", {}).get("status") == "breach", within_s=20, what="a breach")
    assert run("status", "--home", server.home, "--fail-on-breach").returncode == 10
    server.stop()
    assert run("status", "--home", server.home, "--fail-on-breach").returncode == 10, "the same without a server"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["import", "--preset", "azure-lm", "{file}"], None, "azure-llm"),
        (["import", "{file}"], 2, "--preset NAME or --mapping FILE"),
        (["restore", "--verify", "{file}"], 6, "backup"),
        (["restore", "--verify", "{folder}/none.tar"], 3, "none.tar"),
        (["check", "{folder}/none.yaml"], 3, "none.yaml"),
        (["demo", "break", "latancy"], 2, "latency"),
        (["no-such-command"], 2, "No such command"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_with_an_exit_code_of_its_own(
    run: Any, tmp_path: Path, arguments: list[str], code: int | None, told: str
) -> None:
    file = tmp_path / "file.csv"
    file.write_text("no,such,columns\n1,2,3\n", encoding="utf-8")
    given = [part.format(file=file, folder=tmp_path) for part in arguments]
    done = run(*given, env={"EVENKEEL_HOME": str(tmp_path / "home")})
    assert done.returncode == code or (code is None and done.returncode > 0)
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_that_another_process_holds_open_is_said_so(run: Any, tmp_path: Path) -> None:
    run.json("keys", "create", "one", "--home", tmp_path)
    with duckdb.connect(str(tmp_path / "telemetry.duckdb")):
        done = run("status", "--home", tmp_path)
    assert done.returncode == 5
    assert "is held by another evenkeel process" in done.stderr
    assert "Traceback" not in done.stderr
