"""`evenkeel check`: every error at once, and the schema for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from evenkeel.cli.main import cli
from evenkeel.kernel.errors import NotFoundError

BROKEN = "services:\n  bot:\n    ownr: jo\n    objectives: {latncy_p95: {target: 2 s}}\nretention: {events: 0}\n"


def test_the_configuration_of_the_home_is_checked_when_none_is_named(evenkeel: Any) -> None:
    evenkeel.home.create()
    assert "everything has its default" in evenkeel("check").output
    evenkeel.home.configuration.write_text(
        "services: {bot: {}}\nprices: {m: {input: 1, output: 2}}\n", encoding="utf-8"
    )
    assert evenkeel("check").output.endswith("is in order: 1 service, 0 probes, 1 own price.\n")


def test_every_error_is_reported_at_once_with_its_place_and_the_nearest_key(evenkeel: Any, tmp_path: Path) -> None:
    file = tmp_path / "evenkeel.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    found = evenkeel("check", str(file), fails=True)
    assert found.exit_code == 1
    assert found.stdout == ""
    assert found.stderr.splitlines() == [
        "evenkeel.yaml:3:5: services.bot.ownr: there is no such key; did you mean owner?",
        "evenkeel.yaml:4:18: services.bot.objectives.latncy_p95: there is no such indicator; did you mean latency_p95?",
        "evenkeel.yaml:5:13: retention.events: input should be greater than 0",
        f"3 problems in {file}",
    ]


def test_in_json_each_error_is_a_row(evenkeel: Any, tmp_path: Path) -> None:
    file = tmp_path / "evenkeel.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    found = evenkeel("check", str(file), "--json", fails=True)
    assert found.exit_code == 1
    document = json.loads(found.stdout)
    assert document["path"] == str(file)
    assert document["problems"][0] == {
        "file": "evenkeel.yaml",
        "line": 3,
        "column": 5,
        "path": "services.bot.ownr",
        "message": "there is no such key; did you mean owner?",
    }
    assert len(document["problems"]) == 3


def test_a_folder_is_checked_as_a_whole(evenkeel: Any, tmp_path: Path) -> None:
    folder = tmp_path / "evenkeel.d"
    folder.mkdir()
    (folder / "a.yaml").write_text("services: {bot: {}}\n", encoding="utf-8")
    (folder / "b.yaml").write_text("services: {web: {}}\n", encoding="utf-8")
    assert "2 services" in evenkeel("check", str(folder)).output
    (folder / "c.yaml").write_text("services: {bot: {}}\norg: {timezone: Mars}\n", encoding="utf-8")
    assert "c.yaml:2:" in evenkeel("check", str(folder), fails=True).stderr


def test_a_path_that_is_not_there_is_an_error(evenkeel: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no"):
        evenkeel("check", str(tmp_path / "evnkeel.yaml"))


def test_the_schema_that_is_printed_is_one_and_knows_the_indicators() -> None:
    schema = json.loads(CliRunner().invoke(cli, ["check", "--schema"]).output)
    jsonschema.Draft202012Validator.check_schema(schema)
    objectives = schema["$defs"]["ServiceConfig"]["properties"]["objectives"]
    assert "latency_p95" in objectives["propertyNames"]["enum"]
