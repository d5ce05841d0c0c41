"""How many spans one span stands for, from what samplers leave behind (W3C tracestate, OTel `ot`)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from evenkeel.observe.events.context import WEIGHT_MAX

_THRESHOLD_DIGITS = 14  # 56 bits
_ALL = 16**_THRESHOLD_DIGITS
_HEX = frozenset("0123456789abcdefABCDEF")
#: W3C lets a tracestate have 512 characters; what is longer is not remembered and not read.
_TRACESTATE_MAX = 512


def weight_of(tracestate: str) -> tuple[float, bool]:
    """(weight, sampling unknown) as `tracestate` tells.

    `ot=th:` is a rejection threshold of 56 bits without its trailing zeros; `ot=p:` the older power of two.

    >>> weight_of("ot=th:8"), weight_of("ot=p:3"), weight_of("vendor=x"), weight_of("ot=th:zz")
    ((2.0, False), (8.0, False), (1.0, False), (1.0, True))
    """
    return _weight_of(tracestate) if len(tracestate) <= _TRACESTATE_MAX else (1.0, True)


@lru_cache(maxsize=1024)
def _weight_of(tracestate: str) -> tuple[float, bool]:
    entry = next((part.strip()[3:] for part in tracestate.split(",") if part.strip().startswith("ot=")), None)
    if entry is None:
        return 1.0, False
    fields: dict[str, str] = {}
    for item in entry.split(";"):
        name, _, text = item.partition(":")
        fields[name] = text
    try:
        if "th" in fields:
            digits = fields["th"]
            if not 1 <= len(digits) <= _THRESHOLD_DIGITS or not _HEX.issuperset(digits):
                return 1.0, True
            rejected = int(digits.ljust(_THRESHOLD_DIGITS, "0"), 16)  # of 2**56; never all of them
            return _known(_ALL / (_ALL - rejected))
        if "p" in fields:
            power = int(fields["p"])
            return _known(2.0**power) if 0 <= power < 63 else (1.0, True)
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
    except (TypeError, ValueError, ArithmeticError):
        return 1.0, True
    return _known(weight)


def _known(weight: float) -> tuple[float, bool]:
    return (weight, False) if 1.0 <= weight <= WEIGHT_MAX else (1.0, True)
