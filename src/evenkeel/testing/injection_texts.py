"""Attempts to take over a model, and texts that only look or talk like them: what the guard's heuristics are tried on.

They are adjusted to two thirds of the forms; of the last third, by a sum over the form, only the share was looked at.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final

from evenkeel.testing.injection_attempts import ATTEMPTS
from evenkeel.testing.injection_look_alikes import LOOK_ALIKES

_SUBJECTS: Final = ("the weather", "our refund policy", "this invoice", "my essay", "the quarterly report", "a recipe")
_ATTEMPTS: Final = tuple(form for forms in ATTEMPTS.values() for form in forms)
_HARMLESS: Final = tuple(form for forms in LOOK_ALIKES.values() for form in forms)


def attempts(count: int = len(_ATTEMPTS), *, seed: int = 20261128) -> Iterator[str]:
    """Texts that want to take over; each form once, unless more or fewer are asked for."""
    return _texts(_ATTEMPTS, count, seed)


def harmless_texts(count: int = len(_HARMLESS), *, seed: int = 20261128) -> Iterator[str]:
    """Texts that do not, and are near in words; each form once, unless more or fewer are asked for."""
    return _texts(_HARMLESS, count, seed)


def is_kept_back(form: str) -> bool:
    """Whether a form is of the third that the heuristics were not adjusted to."""
    return sha256(form.encode()).digest()[0] % 3 == 0


def split(kinds: Mapping[str, tuple[str, ...]], *, kept_back: bool) -> Iterator[tuple[str, str]]:
    """(kind, text) of the forms that are kept back, or of the others."""
    for kind, forms in kinds.items():
        for form in forms:
            if is_kept_back(form) is kept_back:
                yield kind, form.replace("@@", _SUBJECTS[0])


def _texts(forms: tuple[str, ...], count: int, seed: int) -> Iterator[str]:
    chance = random.Random(seed)  # noqa: S311  texts, no secrets
    for number in range(count):
        yield forms[number % len(forms)].replace("@@", chance.choice(_SUBJECTS))
