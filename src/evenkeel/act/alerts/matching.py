"""Whether a silence fits an alert."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from evenkeel.act.alerts.model import Matcher, Operator, Silence
from evenkeel.act.alerts.webhook import TEXT_LENGTH_MAX
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.patterns import find_flaw

#: As long as a silence may get: what is to be quiet for longer is not worth an alert.
SILENCE_S_MAX: Final = 90 * 86_400
MATCHERS_MAX: Final = 20
#: Expressions are matched on each pass against each open alert, while nothing else is judged: short ones only, and none
#: of the kind whose trials double with each character.
VALUE_LENGTH_MAX: Final = 200
REASON_LENGTH_MAX: Final = 500

_MATCHER: Final = re.compile(r'\s*([A-Za-z_][A-Za-z0-9_.:-]*)\s*(=~|!~|!=|=)\s*(?:"(.*)"|(.*?))\s*', re.DOTALL)


def read_matcher(text: str) -> Matcher:
    """A matcher as people write it. Raises InvalidInputError.

    >>> str(read_matcher("service=bot")), read_matcher('rule=~"burn-.*"').operator.value
    ('service="bot"', '=~')
    """
    found = _MATCHER.fullmatch(text[: VALUE_LENGTH_MAX + 200])
    if found is None:
        raise InvalidInputError(
            f"{text[:60]!r} is no matcher.", hint='Write name="value", with = != =~ or !~, e.g. service="bot".'
        )
    name, operator, quoted, plain = found.groups()
    return check_matcher(Matcher(name, Operator(operator), quoted if quoted is not None else plain))


def check_matcher(matcher: Matcher) -> Matcher:
    """The matcher itself. Raises InvalidInputError for one that cannot be used."""
    if len(matcher.value) > VALUE_LENGTH_MAX:
        raise InvalidInputError(
            f"The value of {matcher.name} has {len(matcher.value)} characters.", hint=f"Use at most {VALUE_LENGTH_MAX}."
        )
    if matcher.operator in (Operator.FITS, Operator.FITS_NOT):
        flaw = find_flaw(matcher.value, characters=TEXT_LENGTH_MAX)
        if flaw:
            raise InvalidInputError(
                f"{matcher.value!r} {flaw}.",
                hint='Write one repetition, not two within each other or side by side, e.g. "[a-z-]+prod".',
            )
    return matcher


def check_matchers(matchers: Sequence[Matcher]) -> tuple[Matcher, ...]:
    """The matchers of a silence. Raises InvalidInputError for none, too many, or such that fit everything."""
    if not 1 <= len(matchers) <= MATCHERS_MAX:
        raise InvalidInputError(f"A silence has 1 to {MATCHERS_MAX} matchers, not {len(matchers)}.")
    checked = tuple(check_matcher(matcher) for matcher in matchers)
    if all(fits(matcher, {}) for matcher in checked):
        raise InvalidInputError(
            "These matchers fit an alert without any labels, and so nearly every alert.",
            hint='Name at least one label with a value, e.g. service="bot".',
        )
    return checked


def fits(matcher: Matcher, labels: Mapping[str, str]) -> bool:
    """Whether labels fulfil one condition.

    >>> fits(Matcher("rule", Operator.FITS, "burn.*"), {"rule": "burn-1h-5m"})
    True
    >>> fits(Matcher("rule", Operator.EQUAL, "burn"), {"rule": "burn-1h-5m"})
    False
    """
    value = labels.get(matcher.name, "")
    match matcher.operator:
        case Operator.EQUAL:
            return value == matcher.value
        case Operator.NOT_EQUAL:
            return value != matcher.value
        case Operator.FITS:
            return _compiled(matcher.value).fullmatch(value) is not None
        case Operator.FITS_NOT:
            return _compiled(matcher.value).fullmatch(value) is None


def find_silence(silences: Sequence[Silence], labels: Mapping[str, str], at_us: int) -> Silence | None:
    """The active silence that fits and lasts longest, or None."""
    found = [
        silence
        for silence in silences
        if silence.is_active(at_us) and all(fits(matcher, labels) for matcher in silence.matchers)
    ]
    return max(found, key=lambda silence: (silence.ends_at_us, silence.id), default=None)


@lru_cache(maxsize=1_000)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)
