"""The memory of a gateway worker, from its first request to its last.

Everything that keeps something is on: a cache that fills up, limits, and 100,000 users who ask a question each time
another. Flat is what does not grow from half way to the end: by then the cache is full.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import serving
from bench.cpu import rss_mb
from bench.report import Row
from bench.serving import CACHE, Policies, gateway, lacks
from bench.wrk import CALLERS, Asking, load

HEADING = "Gateway, memory of one worker: cache on, each question another one"
REQUESTS, REQUESTS_FULL = 100_000, 1_000_000
SECONDS = 5  # between two looks
SHARES = (0.1, 0.5, 1.0)
REQUIRED_MB = 150
#: What an allocator keeps of one busy moment and not of the next.
GROWTH_PERCENT_MAX = 5.0


def measure(*, full: bool = False) -> Sequence[Row]:
    """100,000 requests; with `full`, 1,000,000."""
    if missing := lacks("wrk", "nginx", "taskset"):
        return missing
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = stack.enter_context(serving.provider(directory / "nginx"))
        server = stack.enter_context(gateway(directory / "home", upstream, Policies(cache=CACHE)))
        seen = [(0, rss_mb(server.pid))]
        total = REQUESTS_FULL if full else REQUESTS
        while seen[-1][0] < total:
            found = load(server, Asking(SECONDS, is_varied=True), directory)
            if found.failed or not found.requests:
                raise RuntimeError(f"{found.failed} of {found.requests} requests failed after {seen[-1][0]:,}")
            seen.append((seen[-1][0] + found.requests, rss_mb(server.pid)))
    return rows(seen, total)


def rows(seen: Sequence[tuple[int, float]], total: int) -> list[Row]:
    """`seen`: (requests so far, MB), the first before any."""
    marks = [next((number, mb) for number, mb in seen if number >= share * total) for share in SHARES]
    growth = 100 * (marks[-1][1] / marks[-2][1] - 1)
    users = f"at the start {seen[0][1]:.0f}; {CALLERS:,} users in turn"
    steps = [Row(f"after {number:,} requests", mb, "MB RSS", REQUIRED_MB, at_most=True) for number, mb in marks]
    flat = (
        f"{marks[-1][0] - marks[-2][0]:,} requests between; {len(seen)} looks, most {max(mb for _, mb in seen):.0f} MB"
    )
    return [
        *steps[:-1],
        Row(steps[-1].what, steps[-1].measured, "MB RSS", REQUIRED_MB, True, users),
        Row("growth from half way to the end", growth, "%", GROWTH_PERCENT_MAX, True, flat),
    ]
