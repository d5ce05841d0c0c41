"""What is written can be read back, and what was changed is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.errors import CorruptDataError
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.document import counts_from_json, counts_to_json, profile_from_json, profile_to_json

VALUES = st.one_of(
    st.lists(st.one_of(st.none(), st.floats()), min_size=1, max_size=40),
    st.lists(st.one_of(st.none(), st.text(max_size=4)), min_size=1, max_size=40),
)


@settings(deadline=None)
@given(VALUES)
def test_a_profile_comes_back_as_it_was(values: list[object]) -> None:
    profile = build_profile(values)
    back = profile_from_json(json.loads(json.dumps(profile_to_json(profile), allow_nan=False)))
    assert back == profile
    assert back.grid.id == profile.grid.id


def test_counts_come_back_as_they_were() -> None:
    counts = count_values(["a", "new", None], build_profile(["a"]).grid)
    assert counts_from_json(json.loads(json.dumps(counts_to_json(counts)))) == counts


@pytest.mark.parametrize("path", [("format",), ("grid",), ("counts",), ("counts", "size"), ("grid", "body")])
def test_what_lacks_a_part_is_no_profile(path: tuple[str, ...]) -> None:
    document: dict[str, Any] = profile_to_json(build_profile([1.0, 2.0]))
    inside = document
    for name in path[:-1]:
        inside = inside[name]
    del inside[path[-1]]
    with pytest.raises(CorruptDataError, match="This is no profile"):
        profile_from_json(document)


def test_a_grid_that_was_changed_is_refused() -> None:
    document = profile_to_json(build_profile([1.0, 2.0]))
    document["grid"]["unit"] = 7.0
    with pytest.raises(CorruptDataError, match="It was changed after it was written"):
        profile_from_json(document)


def test_another_format_is_named() -> None:
    with pytest.raises(CorruptDataError, match=r"format 2, not 1"):
        profile_from_json({**profile_to_json(build_profile([1.0])), "format": 2})


def test_a_bucket_that_there_is_not_is_refused() -> None:
    document = counts_to_json(build_profile([1.0]).counts)
    with pytest.raises(CorruptDataError):
        counts_from_json({**document, "buckets": [[10_000, 1]]})


@pytest.mark.parametrize(
    "wrong",
    [{"size": 10**12}, {"size": -1}, {"buckets": [[0, -5]]}, {"apart": [0, 0, 0, 0, -1]}, {"new_rest": 2**70},
     {"buckets": [[0, float("inf")]]}],
)  # fmt: skip
def test_counts_that_nobody_can_have_made_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(CorruptDataError, match="This is no profile"):
        counts_from_json({**counts_to_json(build_profile([1.0]).counts), **wrong})
