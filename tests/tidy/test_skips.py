"""What `.ci/run` counts on: in CI a skip is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

SKIPPING = {
    "in the test": "import pytest\n\ndef test_x():\n    pytest.skip('no server')\n",
    "by a mark": "import pytest\n\n@pytest.mark.skip(reason='no server')\ndef test_x(): ...\n",
    "in a fixture": "import pytest\n\n@pytest.fixture\ndef f():\n    pytest.skip('no server')\n\ndef test_x(f): ...\n",
    "at import": "import pytest\n\npytest.importorskip('no_such_server', reason='no server')\n\ndef test_x(): ...\n",
}


def run(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(TESTS / "conftest.py", folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CI"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", folder],
        capture_output=True, text=True, check=False, cwd=folder, env=environment | ({"CI": ci} if ci else {}),
    )  # fmt: skip


@pytest.mark.parametrize("how", SKIPPING)
def test_a_skip_fails_in_ci_and_says_why(how: str, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPING[how], encoding="utf-8")
    found = run(tmp_path, "true")
    assert found.returncode != 0, found.stdout
    assert "in CI nothing may be" in found.stdout
    assert "no server" in found.stdout


@pytest.mark.parametrize("how", SKIPPING)
def test_elsewhere_it_is_a_skip(how: str, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPING[how], encoding="utf-8")
    found = run(tmp_path, "")
    assert found.returncode in (0, 5), found.stdout
    assert "1 skipped" in found.stdout


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    text = "import pytest\n\n@pytest.mark.xfail(reason='known')\ndef test_x():\n    assert False\n"
    (tmp_path / "test_it.py").write_text(text, encoding="utf-8")
    found = run(tmp_path, "true")
    assert found.returncode == 0, found.stdout
    assert "1 xfailed" in found.stdout
