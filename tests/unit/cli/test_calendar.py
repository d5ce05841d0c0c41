"""`evenkeel calendar` on a real server."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.cli.calendar import seconds_of
from evenkeel.kernel.errors import InvalidInputError


def test_maintenance_is_entered_listed_and_cancelled(evenkeel: Any, served: Home) -> None:
    assert "None yet" in evenkeel("calendar", "list").stdout
    entry = evenkeel.json("calendar", "add", "--lasts", "2h", "--reason", "new disks", "--service", "bot")
    assert entry["scope"] == "every environment/bot" and not entry["retroactive"]
    assert "new disks (by command line)" in evenkeel("calendar", "list").stdout
    cancelled = evenkeel("calendar", "cancel", entry["id"], "--reason", "not needed").stdout
    assert "cancelled" in cancelled and entry["id"] in cancelled
    assert evenkeel.json("calendar", "list")["entries"][0]["cancelled_by"] == "command line"


def test_a_service_that_was_never_heard_from_is_said(evenkeel: Any, served: Home) -> None:
    added = evenkeel("calendar", "add", "--lasts", "2h", "--reason", "new disks", "--service", "bott")
    assert "every environment/bott: new disks" in added.stdout
    assert added.stderr == "bott was never heard from so far. Is the name right?\n"
    assert not evenkeel("calendar", "add", "--lasts", "2h", "--reason", "new disks").stderr


def test_a_length_or_an_end_is_needed_and_not_both(evenkeel: Any, served: Home) -> None:
    for given in ([], ["--to", "2030-01-01", "--lasts", "2h"]):
        refused = evenkeel("calendar", "add", "--reason", "x", *given, fails=True)
        assert refused.exit_code == 2 and "Give either --to or --lasts." in refused.output
    with pytest.raises(InvalidInputError, match="before it starts"):
        evenkeel("calendar", "add", "--reason", "x", "--to", "2001-01-01")


def test_a_length_is_read_as_people_write_it() -> None:
    assert seconds_of("90m") == 5_400
    with pytest.raises(InvalidInputError, match="is not a duration"):
        seconds_of("soon")
