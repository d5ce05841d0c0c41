"""CPU time: of this process, of another one, of a whole tree of them; and memory.

Wall time says how busy the machine is.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


def median_cpu_s(work: Callable[[], object], rounds: int, *, before: Callable[[], object] | None = None) -> float:
    """Median CPU seconds of `work` over all threads; `before` runs unmeasured before each round."""
    return statistics.median(cpu_s(work, rounds, before=before))


def cpu_s(work: Callable[[], object], rounds: int, *, before: Callable[[], object] | None = None) -> list[float]:
    """CPU seconds of each round."""
    taken: list[float] = []
    for _ in range(rounds):
        if before is not None:
            before()
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return taken


def process_cpu_s(pid: int) -> float:
    """CPU seconds that a process has used so far, its reaped children apart."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) * _TICK_S


def pss_mb(pid: int) -> float:
    """Proportional set size in MB: shared pages divided among those that share them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def rss_mb(pid: int) -> float:
    """Resident set size in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES / 2**20


def tree(pid: int) -> list[int]:
    """A process and everything beneath it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found
