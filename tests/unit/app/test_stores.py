"""The stores of a home open and close together."""

from __future__ import annotations

import json

from evenkeel.app.home import Home
from evenkeel.app.stores import Stores
from evenkeel.org.access.keys import NewKey


def test_what_was_stored_is_there_when_they_are_opened_again(home: Home) -> None:
    first = Stores.open(home)
    key, _ = first.keys.create(NewKey("bot"), actor="jo")
    first.close()
    second = Stores.open(home)
    assert [each.id for each in second.keys.list()] == [key.id]
    second.close()


def test_keys_are_published_into_the_home_they_belong_to(home: Home) -> None:
    stores = Stores.open(home)
    key, secret = stores.keys.create(NewKey("bot"), actor="jo")
    stores.close()
    text = (home.tables / "intake.json").read_text(encoding="utf-8")
    assert [row["id"] for row in json.loads(text)["keys"]] == [key.id]
    assert secret not in text, "only its hash is kept"


def test_closing_leaves_one_file_each_that_can_be_copied(home: Home) -> None:
    stores = Stores.open(home)
    stores.keys.create(NewKey("bot"), actor="jo")
    stores.close()
    files = {file.name for file in home.root.iterdir() if file.is_file()}
    assert files == {"telemetry.duckdb", "records.sqlite"}
