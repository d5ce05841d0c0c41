"""What a version is better or worse at than another, as blocks of a model's report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evenkeel.web.report_blocks import Block, Cell, Text, number, table
from evenkeel.web.version_changes import changes_values

_READ: Final = (
    "Better and worse are said where the difference is beyond chance, allowing for how many measures are looked at;"
    " alike where a difference that matters (3 points, or 5 % of what is no share) is ruled out."
)


def changes_blocks(document: Mapping[str, Any]) -> list[Block]:
    """The sentence, and a row per measure."""
    rows = [
        (
            Cell(row["measure"]),
            number(row["older"]),
            number(row["newer"]),
            number(row["difference"]),
            Cell(row["told"], beneath=row["needs"]),
        )
        for row in changes_values(document)
    ]
    newer, older = document["version"], document["beside"]
    heading = ("Measure", f"Version {older}", f"Version {newer}", "Difference", f"Version {newer} is")
    return [Text(document["says"]), table(heading, rows, numeric=(1, 2, 3)), Text(_READ, is_quiet=True)]
