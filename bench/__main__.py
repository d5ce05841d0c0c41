"""`python -m bench [NAME ...] [--full] [--json]`: speed and size, measured against what the product promises.

`gateway` is all whose names begin with `gateway_`. What each row means: docs/how-to/measure-speed.md.

Figures are CPU time, medians of repetitions, because machines are shared; the load is printed beside them.
A ratio below 1 (marked `!`) misses its requirement. Nothing here fails: numbers are read by people.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.report import Row, as_json, render

NAMES = (
    "journal",
    "otlp",
    "intake",
    "fold",
    "counts",
    "judging",
    "processes",
    "false_breaches",
    "quality_breaches",
    "false_pages",
    "drift_false_alarms",
    "drift_power",
    "drift_peers",
    "drift_speed",
    "drift_since",
    "drift_seasons",
    "drift_embeddings",
    "drift_page",
    "slos",
    "alert_path",
    "guard",
    "quality_coverage",
    "rate_monitor",
    "retraining_advice",
    "grounding",
    "fairness",
    "corrected_rates",
    "gateway_throughput",
    "gateway_latency",
    "gateway_streams",
    "gateway_memory",
    "gateway_start",
)


def main() -> None:
    """Run the benchmarks that were asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(NAMES)}; default: all")
    parser.add_argument(
        "--full",
        action="store_true",
        help="also a store of 100 M events (half an hour to build) and 1 M requests through a gateway (ten minutes)",
    )
    parser.add_argument("--json", action="store_true", help="machine-readable")
    given = parser.parse_args()
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # more wait for each other, and that counts as CPU time
        os.environ.setdefault(threads, "1")
    chosen = [name for word in given.names or NAMES for name in meant(word)]
    unknown = [word for word in given.names if not meant(word)]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(NAMES)}")
    if not given.json:
        print(_machine(), "", sep="\n")
    found: dict[str, Sequence[Row]] = {}
    for name in chosen:
        module = importlib.import_module(f"bench.{name}")
        found[name] = module.measure(full=given.full)
        if not given.json:
            print(
                render(found[name], heading=module.HEADING), f"load {os.getloadavg()[0]:.1f}", "", sep="\n", flush=True
            )
    if given.json:
        print(as_json(found))
        return
    print(summary([row for rows in found.values() for row in rows]))


def meant(word: str) -> list[str]:
    """The benchmark of that name, or all of that group."""
    return [name for name in NAMES if name == word or name.startswith(f"{word}_")]


def summary(rows: Sequence[Row]) -> str:
    """What was missed and what is not known; nothing that was not measured counts as met."""
    missed = [row.what for row in rows if row.ratio is not None and row.ratio < 1]
    unknown = [row.what for row in rows if row.measured is None]
    said = [
        f"{len(each)} {word}: {'; '.join(each)}" for word, each in (("missed", missed), ("unknown", unknown)) if each
    ]
    return "\n".join(said) or "every requirement is met"


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{when}, Python {platform.python_version()}, {os.cpu_count()} × {model}, load {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
