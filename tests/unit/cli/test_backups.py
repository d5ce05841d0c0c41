"""`evenkeel backup` and `restore`, without a server and beside one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.kernel.errors import ConflictError, CorruptDataError, NotFoundError

Calls = Callable[..., list[str]]


def test_there_and_back(evenkeel: Any, calls: Calls, tmp_path: Path) -> None:
    evenkeel(*calls(7))
    evenkeel("keys", "create", "bot")
    target = tmp_path / "monday.tar"
    taken = evenkeel.json("backup", str(target))
    assert (taken["path"], taken["events"], taken["trail_rows"]) == (str(target), 7, 1)
    assert evenkeel.json("restore", "--verify", str(target)) == taken
    said = evenkeel("restore", "--verify", str(target)).output
    assert f"{target} is whole and holds 7 events and 1 audit rows" in said
    elsewhere = type(evenkeel)(Home(tmp_path / "elsewhere"))
    assert "is restored: 7 events" in elsewhere("restore", str(target)).output
    assert [key["name"] for key in elsewhere.json("keys", "list")["keys"]] == ["bot"]
    assert elsewhere.json("doctor")["status"] == "ok"
    assert elsewhere.json("status")["services"][0]["service"] == "bot"


def test_verifying_puts_nothing_in_place(evenkeel: Any, tmp_path: Path) -> None:
    evenkeel.home.create()
    evenkeel("backup", str(tmp_path / "b.tar"))
    elsewhere = type(evenkeel)(Home(tmp_path / "elsewhere"))
    elsewhere("restore", "--verify", str(tmp_path / "b.tar"))
    assert not elsewhere.home.root.exists()


def test_a_home_in_use_is_not_overwritten(evenkeel: Any, tmp_path: Path) -> None:
    evenkeel.home.create()
    evenkeel("backup", str(tmp_path / "b.tar"))
    with pytest.raises(ConflictError, match="is not empty"):
        evenkeel("restore", str(tmp_path / "b.tar"))


def test_a_damaged_backup_is_refused(evenkeel: Any, tmp_path: Path) -> None:
    evenkeel.home.create()
    target = tmp_path / "b.tar"
    evenkeel("backup", str(target))
    target.write_bytes(target.read_bytes()[:-20_000])
    with pytest.raises(CorruptDataError):
        evenkeel("restore", "--verify", str(target))
    with pytest.raises(NotFoundError):
        evenkeel("restore", "--verify", str(tmp_path / "no.tar"))


def test_beside_a_server_the_server_takes_it(served: Home, evenkeel: Any, calls: Calls, tmp_path: Path) -> None:
    evenkeel("keys", "create", "bot")
    assert evenkeel.json(*calls(7))["new"] is None, "the server folds it"
    target = tmp_path / "b.tar"
    taken = evenkeel.json("backup", str(target))
    assert evenkeel.json("restore", "--verify", str(target)) == taken
    with pytest.raises(ConflictError, match="exists already"):
        evenkeel("backup", str(target))
    with pytest.raises(NotFoundError, match="There is no folder"):
        evenkeel("backup", str(tmp_path / "no" / "b.tar"))
    elsewhere = type(evenkeel)(Home(tmp_path / "elsewhere"))
    elsewhere("restore", str(target))
    assert [key["name"] for key in elsewhere.json("keys", "list")["keys"]] == ["bot"]
    assert served.server.exists()
