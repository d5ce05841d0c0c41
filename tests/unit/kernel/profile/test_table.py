"""A table's reference as one document."""

from __future__ import annotations

import json

import pytest

from evenkeel.kernel.errors import CorruptDataError
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.table import TableProfile, table_from_json, table_to_json

AGE, PLAN = build_profile([31, 44, None]), build_profile(["s", "m", "m"])
TABLE = TableProfile(3, {"age": AGE, "plan": PLAN}, "t.parquet", {"tags": "lists"})


def test_it_is_the_same_after_it_was_written_and_read() -> None:
    assert table_from_json(json.loads(json.dumps(table_to_json(TABLE)))) == TABLE


def test_its_version_is_of_what_it_holds_and_not_of_its_order_or_source() -> None:
    assert TableProfile(3, {"plan": PLAN, "age": AGE}, "elsewhere").version == TABLE.version
    assert TableProfile(3, {"age": AGE}).version != TABLE.version


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"table_format": 2}, "format 2"),
        ({"version": "000000000000"}, "and says that it is 000000000000"),
        ({"features": []}, "cannot be read"),
        ({"features": {"age": {}}}, "profile"),
        ({"rows": "many"}, "cannot be read"),
    ],
)
def test_one_that_was_changed_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(CorruptDataError, match=words):
        table_from_json(table_to_json(TABLE) | change)
