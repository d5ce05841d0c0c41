"""Examples in docstrings are executed: a docstring cannot lie."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
EXAMPLES = [file for file in sorted(SOURCE.rglob("*.py")) if ">>> " in file.read_text("utf-8")]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_examples_say_what_happens(file: Path) -> None:
    module = importlib.import_module(".".join(file.relative_to(SOURCE).with_suffix("").parts))
    failed, tried = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert tried > 0
    assert failed == 0


def test_there_are_examples_at_all() -> None:
    assert len(EXAMPLES) >= 20
