"""How well the guard finds what it looks for, on made-up texts: shares with their bounds and how many they are of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evenkeel.gateway.guard.entities import Selection, select
from evenkeel.gateway.guard.injection import find_injection
from evenkeel.gateway.guard.scan import scan
from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.testing.guarded_texts import chat_texts
from evenkeel.testing.held_out_telemetry import TELEMETRY, telemetry_lines
from evenkeel.testing.held_out_texts import ATTEMPTS, HARMLESS


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with 95 % bounds (Wilson) for texts made the same way."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share; of nothing there is none."""
        return self.part / self.whole if self.whole else None

    @property
    def bounds(self) -> tuple[float, float]:
        """(low, high); of nothing, 0 and 1."""
        return wilson_interval(self.part, self.whole) if self.whole else (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class EntityScore:
    """One entity in texts as people and models write them."""

    recall: Share  # of those that were there, those that were found whole
    precision: Share  # of those that were found, those that were there


def score_entities(count: int, *, seed: int = 20261129) -> Mapping[str, EntityScore]:
    """Each entity in so many texts of `chat_texts`, by its profile chat; by another seed than the guard's own tests."""
    selection = Selection("chat", select("chat", ["pii", "secrets"]))
    found, there, wrong = Counter[str](), Counter[str](), Counter[str]()
    for each in chat_texts(count, seed=seed):
        findings = scan(each.text, selection)
        for label in each.labels:
            there[label.entity] += 1
            found[label.entity] += any(
                f.entity == label.entity and f.start <= label.start and label.end <= f.end for f in findings
            )
        wrong.update(f.entity for f in findings if not any(f.start < at.end and at.start < f.end for at in each.labels))
    return {
        entity: EntityScore(Share(found[entity], there[entity]), Share(found[entity], found[entity] + wrong[entity]))
        for entity in sorted(there)
    }


def score_telemetry(lines: int) -> tuple[Mapping[str, Share], Counter[str]]:
    """(by kind, lines in which anything is found, of so many; by entity, how often), by the profile telemetry."""
    selection = Selection("telemetry", select("telemetry", ["pii", "secrets"]))
    shares: dict[str, Share] = {}
    entities = Counter[str]()
    for kind in TELEMETRY:
        findings = [scan(line, selection) for line in telemetry_lines(kind, lines)]
        shares[kind] = Share(sum(map(bool, findings)), lines)
        entities.update(each.entity for found in findings for each in found)
    return shares, entities


def score_injection() -> tuple[Mapping[str, Share], Mapping[str, Share]]:
    """(by kind, attempts that are found; by kind, harmless texts in which one is found), of the held-out texts."""
    return _by_kind(ATTEMPTS), _by_kind(HARMLESS)


def total(shares: Iterable[Share]) -> Share:
    """All of them as one.

    >>> total([Share(1, 2), Share(3, 4)])
    Share(part=4, whole=6)
    """
    every = list(shares)
    return Share(sum(each.part for each in every), sum(each.whole for each in every))


def _by_kind(texts: Mapping[str, tuple[str, ...]]) -> dict[str, Share]:
    return {
        kind: Share(sum(find_injection(text) is not None for text in each), len(each)) for kind, each in texts.items()
    }
