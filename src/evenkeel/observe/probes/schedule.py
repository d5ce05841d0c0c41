"""When probes run. Pure: a probe's moments follow from its name, its vantage and the clock alone.

Time is cut into slots of `every_s` that begin with the epoch, and each slot holds one run that also ends in
it: with a run each minute no minute is without evidence. The place in the slot is the probe's own, so that
probes do not run all at once, and it does not drift; the jitter on top differs from slot to slot. A slot
that has passed is never made up for, so a pause ends without a burst.
"""

from __future__ import annotations

import hashlib

from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.observe.probes.model import Probe

#: After a probe's timeout its result is written down; a run begun later than this before the end of its slot
#: might end in the next one.
MARGIN_S = 0.2


def next_due_us(probe: Probe, vantage: str, now_us: int) -> int:
    """The first moment after `now_us` at which this probe runs here, microseconds.

    >>> from evenkeel.observe.probes.model import TlsTarget, Timing
    >>> probe = Probe("front", "shop", "production", TlsTarget("localhost"), Timing(30, 5, 3))
    >>> first = next_due_us(probe, "local", 0)
    >>> 0 < first <= 30_000_000, next_due_us(probe, "local", first) - first <= 33_000_000
    (True, True)
    """
    every_us = round(probe.timing.every_s * US_PER_SECOND)
    slot = now_us // every_us
    due_us = _due_us(probe, vantage, slot)
    return due_us if due_us > now_us else _due_us(probe, vantage, slot + 1)


def is_of_another_time(due_us: int, probe: Probe, now_us: int) -> bool:
    """Whether `due_us` lies further ahead than any moment can: the clock was set back."""
    return due_us - now_us > 2 * probe.timing.every_s * US_PER_SECOND


def _due_us(probe: Probe, vantage: str, slot: int) -> int:
    timing = probe.timing
    every_us = round(timing.every_s * US_PER_SECOND)
    room_s = max(0.0, timing.every_s - timing.timeout_s - timing.jitter_s - MARGIN_S)
    name = f"{probe.name}\0{vantage}"
    offset_s = _part(name) * room_s + _part(f"{name}\0{slot}") * timing.jitter_s
    return slot * every_us + round(offset_s * US_PER_SECOND)


def _part(text: str) -> float:
    """A number in [0, 1) that is the same for the same text, on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest()) / (1 << 56)
