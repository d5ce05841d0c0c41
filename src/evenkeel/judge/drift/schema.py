"""A reference beside what a service sends: which features fit, which do not, and what may be meant. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from evenkeel.kernel.embedding import split_feature
from evenkeel.kernel.profile.model import Kind
from evenkeel.kernel.profile.table import TableProfile


@dataclass(frozen=True, slots=True)
class Fit:
    """Features by how a reference and a service agree on them."""

    fitting: tuple[str, ...]
    notes: Mapping[str, str]  # by feature, in words: what does not fit, and what to do


def compare_schema(table: TableProfile, sent: Mapping[str, Kind]) -> Fit:
    """How a reference fits what a service has sent so far, feature by feature.

    >>> from evenkeel.kernel.profile.build import build_profile
    >>> table = TableProfile(2, {"age": build_profile([31, 44]), "incom": build_profile([1.0, 2.0])})
    >>> fit = compare_schema(table, {"age": Kind.NUMERIC, "income": Kind.NUMERIC})
    >>> fit.fitting
    ('age',)
    >>> fit.notes["incom"]
    'The service never sent it. Is it its income?'
    >>> fit.notes["income"]
    'The reference does not know it; it is compared with earlier traffic.'
    """
    fitting: list[str] = []
    notes: dict[str, str] = {}
    known = {split_feature(name)[0]: kind for name, kind in sent.items()}
    held = {split_feature(name)[0]: profile for name, profile in table.sent.items()}
    alone = [name for name in known if name not in held]
    for name, profile in held.items():
        kind = known.get(name)
        if kind is None:
            notes[name] = _never_sent(name, alone)
        elif kind is not profile.grid.kind:
            notes[name] = (
                f"It is {profile.grid.kind.value} in the reference, and {kind.value} in what the service sends: "
                "values that cannot be read count as such."
            )
        else:
            fitting.append(name)
    for name in alone:
        notes[name] = table.skipped.get(name) or "The reference does not know it; it is compared with earlier traffic."
    return Fit(tuple(fitting), notes)


def _never_sent(name: str, alone: list[str]) -> str:
    near = difflib.get_close_matches(name, alone, n=1)
    return f"The service never sent it.{f' Is it its {near[0]}?' if near else ''}"
