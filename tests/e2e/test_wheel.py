"""The wheel, built and installed into fresh environments far from the source tree: the client alone, and the server."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evenkeel import __version__

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
CLIENT_BYTES_MAX = 15_000_000
IMPORT_CPU_S_MAX = 0.3
CLIENT = """
import sys, evenkeel
with evenkeel.Client(sys.argv[1], key=sys.argv[2], service="from-wheel", version="7") as client:
    for n in range(25):
        client.log_prediction(f"case-{n}", label="benign", score=0.93, latency_s=0.004, user="dr-1")
    client.log_outcome("case-3", "malignant")
    client.log_feedback("case-4", 4)
    client.heartbeat(60)
    assert client.flush(20)
    print(client.lost, client.rejected)
"""


@dataclass(frozen=True)
class Installed:
    """A fresh environment with the wheel in it."""

    folder: Path

    @property
    def evenkeel(self) -> str:
        """The command."""
        return str(self.folder / "bin" / "evenkeel")

    def run(self, *command: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, outside the source tree."""
        program, *arguments = map(str, command)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("EVENKEEL_", "PYTHON"))}
        return subprocess.run(
            [str(self.folder / "bin" / program), *arguments],
            cwd=self.folder, env=kept | environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        return next((self.folder / "lib").glob("python*/site-packages"))


def uv(*arguments: object) -> None:
    program = ROOT / ".uv" / "bin" / "uv"
    found = str(program) if program.exists() else shutil.which("uv")
    assert found, "uv is not installed: run `make setup`"
    done = subprocess.run([found, *map(str, arguments)], capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
    return next(folder.glob("*.whl"))


def install(folder: Path, requirement: str) -> Installed:
    uv("venv", "--quiet", "--python", sys.executable, folder)
    constraint = ("--constraint", ROOT / "requirements" / "run.lock")
    uv("pip", "install", "--quiet", "--python", folder / "bin" / "python", *constraint, requirement)
    return Installed(folder)


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """`pip install evenkeel`."""
    return install(tmp_path_factory.mktemp("alone") / "env", str(wheel))


@pytest.fixture(scope="module")
def with_server(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """`pip install evenkeel[server]`."""
    return install(tmp_path_factory.mktemp("server") / "env", f"evenkeel[server] @ {wheel.as_uri()}")


def test_the_wheel_holds_what_runs_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"evenkeel", f"evenkeel-{__version__}.dist-info"}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".duckdb"))]
    source = {str(file.relative_to(ROOT / "src")) for file in (ROOT / "src").rglob("*") if file.is_file()}
    missing = {name for name in source if "__pycache__" not in name} - set(names)
    assert not missing


def test_the_client_alone_is_small_and_quick_to_import(alone: Installed) -> None:
    size = sum(file.stat().st_size for file in alone.packages.rglob("*") if file.is_file())
    alone.run("python", "-c", "import evenkeel; evenkeel.Client")  # compiles
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    loaded = json.loads(
        alone.run(
            "python", "-c", "import json, sys, evenkeel; print(json.dumps([evenkeel.__file__, *sys.modules]))"
        ).stdout
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{size:,} bytes installed, {cpu_s:.3f} CPU s to import")
    assert size <= CLIENT_BYTES_MAX
    assert cpu_s <= IMPORT_CPU_S_MAX
    assert loaded[0].startswith(str(alone.folder))
    assert not {"click", "pydantic", "duckdb", "numpy"} & set(loaded)


def test_the_client_alone_reports_to_a_server(alone: Installed, server: Any, wait_until: Any) -> None:
    done = alone.run("python", "-c", CLIENT, server.intake_url, server.key())
    assert (done.returncode, done.stdout) == (0, "0 0\n"), done.stderr
    server.await_fold()
    kinds = [event["kind"] for event in server.events(service="from-wheel")]
    assert sorted(set(kinds)) == ["feedback", "heartbeat", "outcome", "prediction"]
    assert kinds.count("prediction") == 25
    wait_until(lambda: "from-wheel" in server.services(), within_s=10, what="the service appears")


def test_the_command_says_its_version_and_helps_without_the_server(alone: Installed) -> None:
    assert alone.run("evenkeel", "--version").stdout == f"evenkeel, version {__version__}\n"
    helped = alone.run("evenkeel", "--help")
    assert helped.returncode == 0
    for name in ("up", "demo", "status", "check", "import", "keys", "doctor", "backup", "restore"):
        assert re.search(rf"^  {name}\b", helped.stdout, re.MULTILINE), name
    refused = alone.run("evenkeel", "status")
    assert refused.returncode == 1
    assert "Install evenkeel[server]" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("kind", ["alone", "with_server"])
def test_the_shell_completes_commands(request: pytest.FixtureRequest, kind: str) -> None:
    installed: Installed = request.getfixturevalue(kind)
    source = installed.run("evenkeel", _EVENKEEL_COMPLETE="bash_source")
    assert "_evenkeel_completion" in source.stdout
    words = {"COMP_WORDS": "evenkeel res", "COMP_CWORD": "1", "_EVENKEEL_COMPLETE": "bash_complete"}
    done = installed.run("evenkeel", **words)
    assert (done.stdout, done.stderr) == ("plain,restore\n", "")


def test_the_shell_completes_options_of_a_command(with_server: Installed) -> None:
    words = {"COMP_WORDS": "evenkeel up --in", "COMP_CWORD": "2", "_EVENKEEL_COMPLETE": "bash_complete"}
    assert with_server.run("evenkeel", **words).stdout == "plain,--intake-port\n"


def test_up_works_from_the_installed_wheel_with_its_pages_and_static_files(
    with_server: Installed, start_server: Any, tmp_path: Path, wait_until: Any
) -> None:
    server = start_server(tmp_path / "home", program=[with_server.evenkeel], cwd=with_server.folder)
    where = with_server.run("python", "-c", "import evenkeel; print(evenkeel.__file__)").stdout
    assert where.startswith(str(with_server.folder))
    cookie = {"cookie": f"evenkeel_session={server.sign_in()}"}
    page = _get(server.url + "/", cookie).decode()
    assets = sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page)))
    assert any(name.split("?")[0].endswith(".css") for name in assets)
    assert any(name.split("?")[0].endswith(".js") for name in assets)
    for asset in assets:
        assert len(_get(server.url + asset, {})) > 100
    rows = [{"kind": "prediction", "service": "bot", "subject": str(n), "latency_s": 0.1} for n in range(30)]
    assert server.post("/v1/events", rows)[0] == 200
    wait_until(lambda: server.services().get("bot", {}).get("objectives"), within_s=20, what="the service is judged")
    assert "bot" in _get(server.url + "/services/production/bot", cookie).decode()
    json.loads(_get(server.url + "/api/v1/openapi.json", {"authorization": f"Bearer {server.key('read')}"}))
    assert server.stop() == 0


def test_the_sample_production_says_what_it_needs(with_server: Installed, tmp_path: Path) -> None:
    done = with_server.run("evenkeel", "up", "--demo", "--port", 0, "--home", tmp_path / "home")
    assert done.returncode == 3
    assert "Install evenkeel[server,demo]" in done.stderr


def _get(url: str, headers: dict[str, str]) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
        return answer.read()
