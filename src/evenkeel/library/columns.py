"""Which columns of a table hold what."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.kernel.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Columns:
    """What was true, what was predicted, and the score of a prediction.

    `positive` is the class that a score is the probability of, and the answer that people want.
    """

    truth: str | None = None
    predicted: str | None = None
    score: str | None = None
    positive: object = None


def told_columns(columns: Columns | None, named: Mapping[str, Any]) -> Columns:
    """The columns, given as one or by name. Raises InvalidInputError for a name that is none.

    >>> told_columns(None, {"truth": "churned"})
    Columns(truth='churned', predicted=None, score=None, positive=None)
    """
    known = [each.name for each in dataclasses.fields(Columns)]
    unknown = next((name for name in named if name not in known), None)
    if unknown is not None:
        raise InvalidInputError(f"{unknown!r} is not known here.", hint=f"Known are {', '.join(known)}.", seen=unknown)
    return dataclasses.replace(columns or Columns(), **named)
