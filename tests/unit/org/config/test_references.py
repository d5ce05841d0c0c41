"""Secrets are named at the end of a value, and nowhere else."""

from __future__ import annotations

import pytest

from evenkeel.org.config.references import REFERENCE


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("env:KEY", ("KEY", None)),
        ("Bearer env:SHOP_KEY_2", ("SHOP_KEY_2", None)),
        ("file:/run/secrets/key", (None, "/run/secrets/key")),
        ("Token file:key.txt", (None, "key.txt")),
        ("env:2KEY", None),
        ("some-env:KEY", None),
        ("env:KEY ", None),
        ("env:", None),
        ("file:", None),
    ],
)
def test_a_value_names_a_variable_a_file_or_nothing(value: str, named: tuple[str | None, str | None] | None) -> None:
    found = REFERENCE.search(value)
    assert (found.groups() if found else None) == named
