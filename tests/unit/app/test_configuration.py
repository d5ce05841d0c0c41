"""The configuration in force: read again when it changes, the last good one kept."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from evenkeel.app.configuration import Configuration
from evenkeel.org.config.model import Config


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    configuration = Configuration(tmp_path / "evenkeel.yaml")
    assert configuration.current == Config()
    assert configuration.problems == []
    assert not configuration.refresh()


def test_a_change_comes_into_force_and_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "evenkeel.yaml"
    configuration = Configuration(file)
    file.write_text("org: {timezone: Europe/Berlin}\n", encoding="utf-8")
    assert configuration.refresh()
    assert configuration.current.org.timezone == "Europe/Berlin"
    assert not configuration.refresh()


def test_a_broken_one_leaves_the_last_good_one_in_force_and_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "evenkeel.yaml"
    file.write_text("retention: {events: 60}\n", encoding="utf-8")
    configuration = Configuration(file)
    version = configuration.version
    file.write_text("retention: {evnts: 9}\n", encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        assert not configuration.refresh()
    assert configuration.current.retention.events == 60
    assert configuration.version == version
    assert [str(problem) for problem in configuration.problems] == [
        "evenkeel.yaml:1:13: retention.evnts: there is no such key; did you mean events?"
    ]
    assert "the last good one stays in force" in caplog.text
    file.write_text("retention: {events: 61}\n", encoding="utf-8")
    assert configuration.refresh()
    assert configuration.current.retention.events == 61
    assert configuration.problems == []


def test_what_says_the_same_in_other_words_is_no_change(tmp_path: Path) -> None:
    file = tmp_path / "evenkeel.yaml"
    file.write_text("retention: {events: 60}\n", encoding="utf-8")
    configuration = Configuration(file)
    file.write_text("# now with a comment\nretention:\n  events: 60\n", encoding="utf-8")
    assert not configuration.refresh()


def test_a_folder_is_watched_for_files_that_come_and_go(tmp_path: Path) -> None:
    folder = tmp_path / "evenkeel.d"
    folder.mkdir()
    (folder / "org.yaml").write_text("org: {timezone: Europe/Berlin}\n", encoding="utf-8")
    configuration = Configuration(folder)
    (folder / "keep.yaml").write_text("retention: {events: 60}\n", encoding="utf-8")
    assert configuration.refresh()
    assert (configuration.current.org.timezone, configuration.current.retention.events) == ("Europe/Berlin", 60)
    (folder / "org.yaml").unlink()
    assert configuration.refresh()
    assert (configuration.current.org.timezone, configuration.current.retention.events) == ("UTC", 60)
