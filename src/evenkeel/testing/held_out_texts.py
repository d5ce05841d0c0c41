"""Texts that the guard was never adjusted to: attempts at injection, and texts that only sound so.

They were written blind to the heuristics and patterns, and were final before they were scored. What is found here is
what is published; who makes the guard better because of a text in here writes another one for it, in other words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final


def _texts(name: str) -> Mapping[str, tuple[str, ...]]:
    kinds = tomllib.loads((files("evenkeel.testing") / name).read_text("utf-8"))
    return MappingProxyType({kind: tuple(texts) for kind, texts in kinds.items()})


#: By how they go about it; each text is written on its own, so that each says something of its own.
ATTEMPTS: Final = _texts("held_out_attempts.toml")
#: What is asked and written every day, most of it near in words.
HARMLESS: Final = _texts("held_out_harmless.toml")
