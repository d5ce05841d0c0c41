"""`evenkeel model report`: a file of what the server makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.errors import InvalidInputError


def test_the_format_is_the_one_asked_for_or_as_the_file_ends(evenkeel: Any, answering: Any, tmp_path: Path) -> None:
    server = answering(b"%PDF-1.7")
    out = tmp_path / "triage.png"
    shown = evenkeel("model", "report", "production/triage one", "--out", str(out), "--span", "7d").stdout
    assert out.read_bytes() == b"%PDF-1.7" and shown == f"{out}: 8 bytes.\n"
    told = evenkeel.json("model", "report", "eu/production/triage", "--format", "html", "--out", str(out))
    assert told == {"file": str(out), "format": "html", "bytes": 8}
    assert server.paths == [
        "GET /models/production/triage%20one/report.png?range=7d",
        "GET /models/eu%2Fproduction/triage/report.html?range=24h",
    ]


def test_without_a_name_of_a_file_it_is_called_after_the_service(
    evenkeel: Any, answering: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(b"made")
    monkeypatch.chdir(tmp_path)
    evenkeel("model", "report", "production/triage")
    evenkeel("model", "report", "production/triage", "--format", "json")
    assert {each.name for each in tmp_path.glob("*quality*")} == {"triage-quality.pdf", "triage-quality.json"}


def test_a_name_without_its_environment_is_refused(evenkeel: Any) -> None:
    with pytest.raises(InvalidInputError, match="'triage' names no service"):
        evenkeel("model", "report", "triage")
