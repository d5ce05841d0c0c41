"""Every adapter of the telemetry port, with events to give it, and every database that records may live in."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import Telemetry
from evenkeel.testing.feeder import Feeder


@pytest.fixture(params=["duckdb"])
def open_telemetry(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Telemetry]:
    """Opens the same store each time it is called."""
    assert request.param == "duckdb"
    return lambda: DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)


@pytest.fixture
def telemetry(open_telemetry: Callable[[], Telemetry]) -> Iterator[Telemetry]:
    store = open_telemetry()
    yield store
    store.close()


@pytest.fixture
def feeder(telemetry: Telemetry) -> Feeder:
    return Feeder(telemetry)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL of our own on a free loopback port."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed, and in CI it must be")
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    binaries = found[-1].parent
    root = Path(tempfile.mkdtemp(prefix="evenkeel-pg-"))  # not below pytest's own, which only its user may enter
    user = "postgres" if os.getuid() == 0 else None
    if user:
        shutil.chown(root, user)
    data = root / "data"
    ids = pwd.getpwnam(user) if user else None
    run_as = {"user": ids.pw_uid, "group": ids.pw_gid} if ids else {}
    subprocess.run(
        [binaries / "initdb", "-D", data, "-A", "trust", "-U", "evenkeel", "--no-sync"],
        check=True, capture_output=True, cwd=root, **run_as,
    )  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", str(root), "-c", "fsync=off"]
    server = subprocess.Popen(
        [binaries / "postgres", "-D", data, *options], stderr=subprocess.PIPE, text=True, cwd=root, **run_as
    )
    assert server.stderr is not None
    for line in server.stderr:
        if "ready to accept connections" in line:
            break
    yield f"postgresql+psycopg://evenkeel@127.0.0.1:{port}/postgres"
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=30)
    shutil.rmtree(root)


@pytest.fixture(params=["sqlite", "postgresql"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    if request.param == "sqlite":
        opened = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    else:
        url = request.getfixturevalue("postgresql")
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        engine.dispose()
        opened = Records.open(url)
    yield opened
    opened.close()
