"""guard.md: the guard, tried on texts that are made up anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from evenkeel.gateway.guard.entities import known_entities
from evenkeel.testing.guard_scores import Share, score_entities, score_injection, score_telemetry, total
from reference.markdown import code, page, table

TEXTS = 6_000
LINES = 1_000
_INTRO = """\
How much of what it looks for the guard finds, and how often it finds what is not there. Every share stands with its
95 % bounds (Wilson) and with how many it is of. `python -m bench guard` prints the same, and what it costs."""
_WHAT_IT_SAYS = """\
**What this says, and what not.** All texts are made up from a seed, by the people who wrote the guard. The bounds are
for more texts of the same making: they say that shapes are known, not how your users write. Measure on texts of your
own before you rely on it: with the action `log` the guard changes nothing, and *Gateway → Guard* shows what it would
have found."""
_PEOPLE = f"""\
{TEXTS:,} texts in several languages with two findings and one look-alike each, by the profile `chat`. Found is what was
found whole, under its own name; right is what of the findings was one. A name, an address of a house or a diagnosis has
no shape: the guard does not look for them."""
_TELEMETRY = f"""\
{LINES:,} lines of each kind, in which nobody and no secret is, in shapes that the patterns were not adjusted to, by the
profile `telemetry`: lines in which anything was found. Fewer is better."""
_INJECTION = """\
Texts that were written once, after the heuristics, in other words than theirs, and that the heuristics were never
adjusted to. Each text is counted once. **Most attempts pass.** Hold or log what is found, and do not take what is not
found for harmless: what limits the harm is what your model may do, not what the guard knows of its words."""


def guard_page() -> str:
    """The page."""
    attempts, harmless = score_injection()
    telemetry, _ = score_telemetry(LINES)
    return page(
        "What the guard finds",
        _INTRO,
        _WHAT_IT_SAYS,
        "## People and secrets",
        _PEOPLE,
        table(("entity", "group", "found, of those there", "right, of those found"), _entities()),
        "## Telemetry",
        _TELEMETRY,
        table(("lines full of", "found wrongly"), _shares(telemetry)),
        "## Prompt injection",
        _INJECTION,
        table(("attempts, by how they go about it", "found"), _shares(attempts)),
        table(("harmless texts", "found wrongly"), _shares(harmless)),
    )


def _entities() -> Iterator[tuple[str, str, str, str]]:
    groups = {entity.name: entity.group for entity in known_entities()}
    for entity, score in score_entities(TEXTS).items():
        yield code(entity), groups[entity], _said(score.recall), _said(score.precision)


def _shares(shares: Mapping[str, Share]) -> Iterable[tuple[str, str]]:
    yield from ((kind, _said(share)) for kind, share in shares.items())
    yield "**all**", _said(total(shares.values()))


def _said(share: Share) -> str:
    """`98.1 % [96.4–99.0 %] of 502`."""
    if share.value is None:
        return "unknown: there was none"
    low, high = share.bounds
    return f"{share.value:.1%} [{low:.1%}–{high:.1%}] of {share.whole:,}".replace("%", " %")
