"""What the project says of itself in pyproject.toml is complete."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _contract(begins: str) -> dict[str, Any]:
    (found,) = [one for one in PROJECT["tool"]["importlinter"]["contracts"] if one["name"].startswith(begins)]
    return found


def _server_imports() -> set[str]:
    """The names under which the extra `server` is imported."""
    wanted = {
        re.split(r"[<>=\[]", item)[0].lower().replace("_", "-")
        for item in PROJECT["project"]["optional-dependencies"]["server"]
    }
    names = {
        name
        for name, owners in importlib.metadata.packages_distributions().items()
        if {owner.lower().replace("_", "-") for owner in owners} & wanted and not name.startswith("_")
    }
    assert len(names) >= len(wanted)
    return names


def test_the_sdk_contract_forbids_all_that_the_server_extra_installs() -> None:
    assert _server_imports() - set(_contract("SDK")["forbidden_modules"]) == set()


@pytest.mark.parametrize("floor", ["judge", "observe", "org", "store", "kernel"])
def test_every_room_has_its_place_in_a_layer(floor: str) -> None:
    (contract,) = [
        one
        for one in PROJECT["tool"]["importlinter"]["contracts"]
        if one["type"] == "layers" and one["containers"] == [f"evenkeel.{floor}"]
    ]
    placed = {room for layer in contract["layers"] for room in layer.split(" | ")}
    floor_path = ROOT / "src" / "evenkeel" / floor
    rooms = {path.stem for path in floor_path.iterdir() if path.stem != "__init__" and path.suffix == ".py"}
    rooms |= {path.parent.name for path in floor_path.glob("*/__init__.py")}
    # A room in parentheses may be built later (import-linter's optional layers).
    required = {room for room in placed if not room.startswith("(")}
    assert required <= rooms <= {room.strip("()") for room in placed}
    assert contract["exhaustive"]


def test_every_model_is_in_the_pure_core() -> None:
    """The wildcard holds one level of rooms; a model elsewhere would slip through."""
    models = [path.relative_to(ROOT / "src" / "evenkeel") for path in (ROOT / "src").rglob("model.py")]
    assert len(models) >= 3
    assert [str(path) for path in models if len(path.parts) != 3] == []
    assert "evenkeel.*.*.model" in _contract("Pure core")["source_modules"]


def test_the_pure_core_reads_no_clock_of_the_standard_library() -> None:
    assert {"time", "random", "secrets", "os", "socket", "threading"} <= set(
        _contract("Pure core")["forbidden_modules"]
    )


def test_every_marker_is_used_and_every_extra_is_locked() -> None:
    tests = "".join(file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    for marker in PROJECT["tool"]["pytest"]["ini_options"]["markers"]:
        assert f"mark.{marker.partition(':')[0]}" in tests
    locked = {
        re.split(r"[=;\s]", line)[0].lower()
        for name in ("run.lock", "dev.lock")  # what runs a model of one's own is 150 MB that `make up` does without
        for line in (ROOT / "requirements" / name).read_text("utf-8").splitlines()
        if re.match(r"[A-Za-z]", line)
    }
    extras = PROJECT["project"]["optional-dependencies"]
    asked = {re.split(r"[<>=\[]", item)[0].lower() for items in extras.values() for item in items}
    assert asked <= locked


def test_no_lock_names_a_registry() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        assert re.findall(r"https?://\S+|--(?:extra-)?index-url|--find-links", lock.read_text("utf-8")) == []
