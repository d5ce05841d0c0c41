"""Attributes are kept as JSON that fits."""

from __future__ import annotations

import json

from evenkeel.observe.events.attributes import dump_attributes
from evenkeel.observe.events.context import ATTRIBUTES_TEXT_MAX


def test_what_fits_is_kept_and_what_does_not_is_left_out_and_said() -> None:
    text, is_cut = dump_attributes({"a": 1, "long": "x" * ATTRIBUTES_TEXT_MAX, "b": [2]})
    assert (json.loads(text), is_cut) == ({"a": 1, "b": [2]}, True)


def test_nothing_is_left_out_of_what_fits() -> None:
    assert dump_attributes({"a": "é"}) == ('{"a":"é"}', False)
