"""Where things are in a home."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.app.home import ENVIRONMENT_VARIABLE, Home


def test_a_home_is_the_one_given_else_the_variable_else_below_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "variable"))
    assert Home.find(str(tmp_path / "given")).root == tmp_path / "given"
    assert Home.find().root == tmp_path / "variable"
    monkeypatch.delenv(ENVIRONMENT_VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Home.find().root == tmp_path / ".local" / "share" / "evenkeel"
    assert Home.find("~/mine").root == tmp_path / "mine"


def test_an_empty_variable_names_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "")
    assert Home.find().root == tmp_path / ".local" / "share" / "evenkeel"


def test_only_its_owner_may_look_into_a_home(home: Home) -> None:
    home.create()
    home.create()
    assert {folder: oct(folder.stat().st_mode & 0o777) for folder in (home.root, home.secrets, home.journal)} == {
        home.root: "0o700",
        home.secrets: "0o700",
        home.journal: "0o700",
    }


def test_everything_lies_within_the_root(home: Home) -> None:
    paths = (home.journal, home.telemetry, home.records, home.tables, home.secrets, home.workers, home.imports)
    assert all(path.parent == home.root for path in (*paths, home.server, home.configuration))


def test_a_folder_of_configurations_is_preferred_to_a_file(home: Home) -> None:
    home.create()
    assert home.configuration.name == "evenkeel.yaml"
    (home.root / "evenkeel.d").mkdir()
    assert home.configuration.name == "evenkeel.d"
