"""Which answers are shown to people: divided, drawn at random within each part, in an order that tells nothing. Pure.

How many are needed is said before anybody begins: by `half_width`, or by what a number of them gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.evaluations.model import (
    ITEMS_MAX,
    RATERS_MAX,
    Candidate,
    Dimension,
    Item,
    Lease,
    Rating,
    Stratum,
    newest_ratings,
)
from evenkeel.judge.quality.correction import Design, corrected_rate
from evenkeel.judge.quality.correction import Stratum as Labelled
from evenkeel.judge.quality.sampling import EACH_MIN, Expected, allocate, draw, labels_needed
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.ports import Random
from evenkeel.kernel.time import to_datetime

#: Parts at most: each needs ten labels of its own, and the smallest ones are put together beyond this.
STRATA_MAX: Final = 12
OTHERS: Final = "others"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a draw: an interval of ± `half_width`, a ratio, or a number of answers.

    `expected_bad` is the share that is expected to be bad; `twice` is the share of answers shown to two people.
    """

    half_width: float | None = 0.05
    answers: int | None = None
    expected_bad: float = 0.2
    twice: float = 0.1
    by: tuple[Dimension, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """How many answers of each part, and the half of the interval that they are expected to give, as a ratio."""

    answers: Mapping[str, int]
    there: Mapping[str, int]
    half_width: float
    is_all: bool = False  # even all there are do not give the interval that was asked for

    @property
    def total(self) -> int:
        """Answers of all parts."""
        return sum(self.answers.values())


def divide(candidates: Sequence[Candidate], by: Sequence[Dimension]) -> dict[str, str]:
    """The part that each candidate belongs to, by its id; parts too small to stand alone are put together.

    A judge's verdict is never put together with another one.

    >>> divide([Candidate("a", 0, language="de"), Candidate("b", 0)], [Dimension.LANGUAGE])
    {'a': 'de', 'b': 'language not told'}
    """
    verdicts = {each.id: each.verdict or "not judged" for each in candidates} if Dimension.JUDGE in by else {}
    rest = [dimension for dimension in by if dimension is not Dimension.JUDGE]
    parts = {each.id: " · ".join(_value(each, dimension) for dimension in rest) for each in candidates}
    known = len(set(verdicts.values())) or 1
    kept = {name for name, n in Counter(parts.values()).most_common(max(1, STRATA_MAX // known - 1)) if n >= EACH_MIN}
    if len(set(parts.values())) * known > STRATA_MAX:
        parts = {each: name if name in kept else OTHERS for each, name in parts.items()}
    return {
        each.id: " · ".join(name for name in (verdicts.get(each.id, ""), parts[each.id]) if name) or "all"
        for each in candidates
    }


def _value(candidate: Candidate, dimension: Dimension) -> str:
    if dimension is Dimension.VERSION:
        return f"version {candidate.version}" if candidate.version else "version not said"
    if dimension is Dimension.LANGUAGE:
        return candidate.language or "language not told"
    return to_datetime(candidate.at_us).strftime("%Y-%m-%d")


def plan_draw(there: Mapping[str, int], wish: Wish) -> Plan:
    """How many of the answers `there`, by part, are to be rated. Raises InvalidInputError for a wish nobody can grant.

    >>> plan = plan_draw({"all": 2_000}, Wish(half_width=0.05))
    >>> plan.total, round(plan.half_width, 3)
    (256, 0.05)
    """
    total = sum(there.values())
    if total == 0:
        raise InvalidInputError("There is no answer to draw from.", hint="Choose a longer time, or upload answers.")
    expected = {name: Expected(n, wish.expected_bad) for name, n in there.items()}
    if wish.answers is not None:
        if not 1 <= wish.answers <= ITEMS_MAX:
            raise InvalidInputError(f"{wish.answers:,} answers cannot be asked for.", hint=f"Ask for 1 to {ITEMS_MAX}.")
        answers = allocate(min(wish.answers, total), expected)
        return Plan(answers, dict(there), expected_half_width(answers, there, wish.expected_bad))
    needed = labels_needed(wish.half_width if wish.half_width is not None else 0.05, expected)
    answers = needed or dict(there)
    if sum(answers.values()) > ITEMS_MAX:
        raise InvalidInputError(
            f"That takes {sum(answers.values()):,} answers, and at most {ITEMS_MAX:,} are asked for.",
            hint="Allow a wider interval.",
        )
    return Plan(answers, dict(there), expected_half_width(answers, there, wish.expected_bad), is_all=needed is None)


def expected_half_width(answers: Mapping[str, int], there: Mapping[str, int], bad: float) -> float:
    """Half of the interval, a ratio, that so many answers of each part give if a share `bad` of them is bad.

    >>> round(expected_half_width({"all": 180}, {"all": 2_000}, 0.13), 3)
    0.05
    """
    strata = {name: Labelled(n, min(answers[name], n), bad * min(answers[name], n)) for name, n in there.items()}
    found = corrected_rate(strata, Design.BY_VERDICT)
    return 1.0 if found.low is None or found.high is None else (found.high - found.low) / 2.0


def draw_items(
    candidates: Sequence[Candidate], parts: Mapping[str, str], plan: Plan, chance: Random, *, twice: float
) -> list[Item]:
    """The drawn answers, in the order they are shown. The same chance draws the same ones."""
    ids: dict[str, list[str]] = {}
    for each in sorted(candidates, key=lambda candidate: candidate.id):
        ids.setdefault(parts[each.id], []).append(each.id)
    found = draw(ids, dict(plan.answers), chance, twice=twice)
    known = {each.id: each for each in candidates}
    return [
        Item(
            id=name,
            position=position,
            stratum=found.verdicts[name],
            raters=RATERS_MAX if name in found.twice else 1,
            event_id="" if known[name].texts is not None else name,
            at_us=known[name].at_us,
            version=known[name].version,
        )
        for position, name in enumerate(found.ids)
    ]


def list_strata(candidates: Sequence[Candidate], parts: Mapping[str, str], plan: Plan) -> tuple[Stratum, ...]:
    """The parts, with how many were there and how many are drawn, by name.

    They have a verdict each where answers are divided by it; one part that happens to have one only is not the judge's.
    """
    verdicts: dict[str, set[str]] = {}
    for each in candidates:
        verdicts.setdefault(parts[each.id], set()).add(each.verdict)
    is_divided = all(len(found) == 1 for found in verdicts.values())
    return tuple(
        Stratum(name, n, plan.answers[name], next(iter(verdicts[name])) if is_divided else "")
        for name, n in sorted(plan.there.items())
    )


def choose_next(
    items: Iterable[Item], ratings: Iterable[Rating], leases: Iterable[Lease], rater: str, now_us: int
) -> Item | None:
    """What a person is shown next: what they have before them, else the first that needs somebody who is not them.

    >>> choose_next([Item("a", 0, "all", 1)], [Rating("r", "a", "jo", 1, {"q": 1.0})], [], "bo", 2) is None
    True
    """
    said: dict[str, set[str]] = {}
    skipped: dict[str, int] = {}
    for rating in newest_ratings(list(ratings)):
        said.setdefault(rating.item, set()).add(rating.rater)
        skipped[rating.item] = skipped.get(rating.item, 0) + rating.is_skip
    held: dict[str, set[str]] = {}
    for lease in leases:
        if lease.until_us > now_us:
            held.setdefault(lease.item, set()).add(lease.rater)
    free: Item | None = None
    for item in sorted(items, key=lambda each: each.position):
        done, taken = said.get(item.id, set[str]()), held.get(item.id, set[str]())
        if rater in done or item.lost or skipped.get(item.id, 0) >= RATERS_MAX:
            continue
        if rater in taken:
            return item
        rated = len(done) - skipped.get(item.id, 0)
        if free is None and rated + len(taken - done) < item.raters:
            free = item
    return free
