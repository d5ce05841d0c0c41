"""How numbers and times are written for people (UI.md: a number is never bare)."""

from __future__ import annotations

import math

from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.time import US_PER_SECOND, format_duration, to_datetime


def count(number: float) -> str:
    """A count with its thousands apart.

    >>> count(12410.0), count(0.5)
    ('12,410', '0.5')
    """
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"


def plural(number: float, noun: str) -> str:
    """A count with its noun, given in the plural.

    >>> plural(1, "minutes"), plural(1, "queries"), plural(2_500, "requests")
    ('1 minute', '1 query', '2,500 requests')
    """
    singular = f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")
    return f"{count(number)} {singular if number == 1 else noun}"


def compact(number: float) -> str:
    """A count for an axis.

    >>> compact(1_250), compact(3_400_000), compact(12)
    ('1.25 k', '3.4 M', '12')
    """
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.3g} {sign}"
    return f"{number:.3g}"


def money(nano: int, currency: str = "USD") -> str:
    """An amount; small ones keep the digits that say something.

    >>> money(96_790_000_000), money(3_500_000), money(50_123), money(0)
    ('96.79 USD', '0.0035 USD', '0.00005 USD', '0 USD')
    """
    amount = nano / NANO_PER_UNIT
    if nano == 0 or abs(amount) >= 1:
        return f"{amount:,.{2 if nano else 0}f} {currency}"
    digits = 1 - math.floor(math.log10(abs(amount)))
    return f"{f'{amount:.{digits}f}'.rstrip('0').rstrip('.')} {currency}"


def seconds(value: float | None) -> str:
    """A latency.

    >>> seconds(0.2345), seconds(4.2), seconds(None)
    ('234 ms', '4.2 s', '–')
    """
    if value is None:
        return "–"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.3g} s"


def share(part: float, whole: float) -> tuple[str, str]:
    """A share and its 95 % interval (Wilson), in percent.

    >>> share(60, 500), share(0, 0)
    (('12 %', '[9.44–15.1 %]'), ('–', ''))
    """
    if whole <= 0:
        return "–", ""
    low, high = wilson_interval(part, whole)
    return f"{100 * part / whole:.3g} %", f"[{100 * low:.3g}–{100 * high:.3g} %]"


def age(at_us: int, now_us: int) -> str:
    """How long ago.

    >>> age(0, 12 * US_PER_SECOND)
    '12 s ago'
    """
    elapsed_s = max(0.0, (now_us - at_us) / US_PER_SECOND)
    return "now" if elapsed_s < 1 else f"{format_duration(float(int(elapsed_s)))} ago"


def utc(at_us: int) -> str:
    """The moment in UTC, to the second.

    >>> utc(0)
    '1970-01-01 00:00:00 UTC'
    """
    return to_datetime(at_us).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(at_us: int) -> str:
    """The moment for machines and for the script that shows it in the viewer's zone.

    >>> iso(0)
    '1970-01-01T00:00:00Z'
    """
    return to_datetime(at_us).strftime("%Y-%m-%dT%H:%M:%SZ")


def bytes_(number: float) -> str:
    """A size.

    >>> bytes_(131_072)
    '131 kB'
    """
    for size, sign in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if number >= size:
            return f"{number / size:.3g} {sign}"
    return f"{number:.0f} B"
