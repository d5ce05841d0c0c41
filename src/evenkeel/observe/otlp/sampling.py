"""How many spans one span stands for, from what samplers leave behind (W3C tracestate, OTel `ot`)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_THRESHOLD_DIGITS = 14  # 56 bits


@lru_cache(maxsize=1024)
def weight_of(tracestate: str) -> tuple[float, bool]:
    """(weight, sampling unknown) as `tracestate` tells.

    `ot=th:` is a rejection threshold of 56 bits without its trailing zeros; `ot=p:` the older power of two.

    >>> weight_of("ot=th:8"), weight_of("ot=p:3"), weight_of("vendor=x"), weight_of("ot=th:zz")
    ((2.0, False), (8.0, False), (1.0, False), (1.0, True))
    """
    entry = next((part.strip()[3:] for part in tracestate.split(",") if part.strip().startswith("ot=")), None)
    if entry is None:
        return 1.0, False
    fields: dict[str, str] = {}
    for item in entry.split(";"):
        name, _, text = item.partition(":")
        fields[name] = text
    try:
        if "th" in fields:
            if not 1 <= len(fields["th"]) <= _THRESHOLD_DIGITS:
                return 1.0, True
            kept = 1.0 - int(fields["th"].ljust(_THRESHOLD_DIGITS, "0"), 16) / 16.0**_THRESHOLD_DIGITS
            return 1.0 / kept, False
        if "p" in fields:
            power = int(fields["p"])
            return (2.0**power, False) if 0 <= power < 63 else (1.0, True)
    except ValueError:
        return 1.0, True
    return 1.0, False


def weight_from(probability: Any, rate: Any) -> tuple[float, bool]:
    """(weight, sampling unknown) as attributes tell: a probability in (0, 1], or one kept of `rate`.

    >>> weight_from(0.1, None), weight_from(None, 20), weight_from("often", None)
    ((10.0, False), (20.0, False), (1.0, True))
    """
    try:
        weight = 1.0 / float(probability) if probability is not None else float(rate)
    except (TypeError, ValueError, ZeroDivisionError):
        return 1.0, True
    return (weight, False) if 1.0 <= weight < 1e9 else (1.0, True)
