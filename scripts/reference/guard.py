"""guard.md: the guard, tried on texts that are made up anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from textwrap import fill

from evenkeel.gateway.guard.entities import known_entities
from evenkeel.testing.guard_scores import Share, score_entities, score_injection, score_telemetry, total
from reference.markdown import code, page, table

TEXTS = 6_000
LINES = 1_000
_INTRO = """\
How much of what it looks for the guard finds, and how often it finds what is not there. Every share stands with its
95 % bounds (Wilson) and with how many it is of. `python -m bench guard` prints the same, and what it costs."""
_WHAT_IT_SAYS = """\
**What this says, and what not.** All texts are made up by people who work on the guard: those with people, secrets and
telemetry from a seed, those on injection one by one. The bounds are for more texts of the same making: they say that
shapes are known, not how your users write. Measure on texts of your own before you rely on it: with the action `log`
the guard changes nothing, and *Gateway → Guard* shows what it would have found."""
_PEOPLE = f"""\
{TEXTS:,} texts in several languages with two findings and one look-alike each, by the profile `chat`. Found is what was
found whole, under its own name; right is what of the findings was one. A name, an address of a house or a diagnosis has
no shape: the guard does not look for them."""
_TELEMETRY = f"""\
{LINES:,} lines of each kind, in which nobody and no secret is, in shapes that the patterns were not adjusted to, by the
profile `telemetry`: lines in which anything was found. Fewer is better."""
_INJECTION = """\
Texts that the heuristics were never adjusted to, written one by one after what is published on attacks (OWASP
LLM01:2025, indirect injection), in more than thirty languages, from a word to 300 words; most of them by somebody who
had not read the heuristics, and final before they were tried. In most long ones the attempt is buried in an ordinary
text. Each text is counted once. A kind with few texts says little: read its bounds. The total is of this mixture; how
often you meet each kind it does not know."""
_FEW_ATTEMPTS = 1_000  # harmless texts to an attempt, in the example
_MANY = 100_000


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
        _what_passes(total(attempts.values()), total(harmless.values())),
        table(("attempts, by how they go about it", "found"), _shares(attempts)),
        table(("harmless texts", "found wrongly"), _shares(harmless)),
    )


def _what_passes(found: Share, wrong: Share) -> str:
    """The shares of the two tables as what happens to traffic, in which attempts are rare."""
    there = _MANY // _FEW_ATTEMPTS
    passed = Share(found.whole - found.part, found.whole)
    return "\n\n".join(
        fill(" ".join(paragraph), 120)
        for paragraph in (
            (
                f"**Of 100 attempts like these, about {_out_of(100, passed)} pass.** Do not take what is not found for",
                "harmless: what limits the harm is what your model may do, not what the guard knows of its words.",
            ),
            (
                "**Where attempts are rare, most of what is found may be harmless.**",
                f"If one text of {_FEW_ATTEMPTS:,} is an attempt, then of {_MANY:,} texts the guard finds about",
                f"{_out_of(there, found)} of the {there} attempts, and about {_out_of(_MANY - there, wrong)} of the",
                f"{_MANY - there:,} harmless texts. The harmless texts here are mostly near in words to an attempt, so",
                "yours may be found less often; how much less, nobody has measured. So begin with `log`, use `hold`",
                "where somebody has the time to look, and `block` only where a harmless text may be lost.",
            ),
        )
    )


def _out_of(count: int, share: Share) -> str:
    """`4 [3–8]`: how many of so many."""
    low, high = share.bounds
    return f"{round(count * (share.value or 0.0)):,} [{round(count * low):,}–{round(count * high):,}]"


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
