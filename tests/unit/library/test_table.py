"""A column that is not there is named with the nearest that is."""

from __future__ import annotations

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.lists import ListTable
from evenkeel.library.table import find_column


@pytest.mark.parametrize(("asked", "words"), [("agee", "Did you mean 'age'"), ("zzz", "It has age, plan")])
def test_an_unknown_column_is_refused(asked: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        find_column(ListTable({"age": [1], "plan": [2]}), asked)
