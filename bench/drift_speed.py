"""Two files of a million rows and 20 columns, compared; and what others take for the same.

CPU time of a fresh process each, whose modules were compiled before, as an installer does. Ours includes imports and
reading. Beside others it is timed three ways: files against their data frames (imports and reading are ours alone),
files for both, and data frames for both. NannyML is asked twice: for one distance of each column, which is less than
ours answers, and for a test and a distance, as ours tells chance and size apart. Beside them, what it takes to read the
files, and to order the numbers: nothing is judged there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import polars as pl
from bench.peers import ROOT, install
from bench.report import Row

HEADING = "Drift of 20 columns, 1,000,000 rows against as many: CPU seconds of a fresh process"
ROWS, RUNS = 1_000_000, 3
NUMBERS, LEVELS = 15, (5, 12, 50, 200, 510)
COMPARED_CPU_S_MAX, KEPT_CPU_S_MAX, IMPORT_CPU_S_MAX, MEMORY_MB_MAX = 3.0, 1.5, 0.3, 300.0
_TIMED: Final = """
import resource
def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
{before}
began = spent()
{work}
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))  # maxrss is inherited
print(spent() - began, int(peak.split()[1]) / 1024)
"""
_READ: Final = """
for file in ("before.parquet", "after.parquet"):
    for number in range(15):
        read = duckdb.read_parquet(file).project(f"f{number}").fetchnumpy()[f"f{number}"]
    for number in range(5):
        duckdb.read_parquet(file).aggregate(f"c{number}, count(*)").fetchall()
"""
_ORDERED: Final = _READ.replace("    for number in range(5)", "        read.sort()\n    for number in range(5)")
_FRAMES: Final = (
    "import pandas\none, two = pandas.read_parquet('before.parquet'), pandas.read_parquet('after.parquet')\n"
)


_OURS_ON_FRAMES: Final = """
import evenkeel, polars
evenkeel.compare({"f": [1.0, 2.0]}, {"f": [1.0, 2.0]})
one, two = polars.read_parquet("before.parquet"), polars.read_parquet("after.parquet")
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another library: the versions that were measured, how it is asked, and how many times as fast ours has to be.

    `place` names its environment, which two ways of asking share.
    """

    name: str
    packages: tuple[str, ...]
    times: float
    before: str
    work: str
    place: str


def _nannyml(what: str, continuous: str, categorical: str) -> Peer:
    return Peer(
        f"NannyML 0.13.1, {what}",
        ("nannyml==0.13.1", "statsmodels", "pandas<3", "pyarrow"),
        10.0,
        f"import nannyml\n{_FRAMES}",
        f"chosen = dict(continuous_methods={continuous}, categorical_methods={categorical})\n"
        "asked = nannyml.UnivariateDriftCalculator(column_names=list(one.columns), chunk_number=10, **chosen)\n"
        "asked.fit(one).calculate(two)",
        "nannyml-0.13.1",
    )


PEERS: Final = (
    Peer(
        "Evidently 0.7.23",
        ("evidently==0.7.23", "pandas<3", "pyarrow"),
        20.0,
        f"from evidently import Report\nfrom evidently.presets import DataDriftPreset\n{_FRAMES}",
        "Report([DataDriftPreset(method='psi')]).run(two, one)",
        "evidently-0.7.23",
    ),
    _nannyml("a distance", "['jensen_shannon']", "['jensen_shannon']"),
    _nannyml("a test and a distance", "['kolmogorov_smirnov', 'jensen_shannon']", "['chi2', 'jensen_shannon']"),
)


def measure(*, full: bool = False) -> Sequence[Row]:
    """Ours with and without a kept reference, the physical limit, and, where `full`, others."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for place, seed in (("before", 1), ("after", 2)):
            _made(seed).write_parquet(directory / f"{place}.parquet")
        rows = _ours(directory)
        files_s, frames_s = (rows[place].measured or 0.0 for place in (0, 1))
        return [
            *rows,
            *(row for peer in (PEERS if full else ()) for row in _beside(peer, directory, files_s, frames_s)),
        ]


def _ours(directory: Path) -> list[Row]:
    here = sys.executable
    _timed(here, directory, _OURS_ON_FRAMES, "evenkeel.Client; evenkeel.compare('before.parquet', two)", runs=1)
    compared = _timed(here, directory, "", "import evenkeel; evenkeel.compare('before.parquet', 'after.parquet')")
    _timed(here, directory, "", "import evenkeel; evenkeel.profile('before.parquet').save('kept.json')", runs=1)
    kept = _timed(here, directory, "", "import evenkeel; evenkeel.compare('kept.json', 'after.parquet')")
    framed = _timed(here, directory, _OURS_ON_FRAMES, "evenkeel.compare(one, two)")
    loaded = _timed(here, directory, "", "import evenkeel; evenkeel.Client")
    read, ordered = (_timed(here, directory, "import duckdb, numpy", each)[0] for each in (_READ, _ORDERED))
    runs = f"median of {RUNS}, with imports"
    return [
        Row("two files compared", compared[0], "CPU s", COMPARED_CPU_S_MAX, at_most=True, beside=runs),
        Row("two data frames compared", framed[0], "CPU s", beside=f"median of {RUNS}, without imports and reading"),
        Row("two files compared: memory", compared[1], "MB", MEMORY_MB_MAX, at_most=True),
        Row("one file beside a kept reference", kept[0], "CPU s", KEPT_CPU_S_MAX, at_most=True, beside=runs),
        Row("import evenkeel", loaded[0], "CPU s", IMPORT_CPU_S_MAX, at_most=True),
        Row("two files read, nothing judged", read, "CPU s", beside="DuckDB, without imports"),
        Row(
            "two files read and the numbers put in order", ordered, "CPU s", beside="DuckDB and numpy, without imports"
        ),
    ]


def _beside(peer: Peer, directory: Path, files_s: float, frames_s: float) -> list[Row]:
    what = f"times {peer.name}"
    try:
        python = str(install(ROOT / peer.place, peer.packages))
        theirs_s, memory_mb = _timed(python, directory, peer.before, peer.work, runs=1)
        whole_s, _ = _timed(python, directory, "", f"{peer.before}\n{peer.work}", runs=1)
    except (OSError, subprocess.SubprocessError) as error:
        told = error.stderr if isinstance(error, subprocess.CalledProcessError) else ""
        return [Row(what, None, "×", beside=f"not run: {(told or str(error)).strip().splitlines()[-1]}")]
    without = f"theirs {theirs_s:.1f} CPU s and {memory_mb:,.0f} MB, one run, without imports and reading"
    return [
        Row(f"{what}: ours of files, theirs of frames", theirs_s / files_s, "×", peer.times, beside=without),
        Row(f"{what}: files for both", whole_s / files_s, "×", peer.times, beside=f"theirs {whole_s:.1f} CPU s"),
        Row(f"{what}: data frames for both", theirs_s / frames_s, "×", peer.times, beside="ours without them, too"),
    ]


def _timed(python: str, directory: Path, before: str, work: str, *, runs: int = RUNS) -> tuple[float, float]:
    """(CPU seconds, megabytes) of the median and the largest of some fresh processes."""
    program = _TIMED.format(before=before, work=work)
    environment = {**os.environ, "NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"}
    if python == sys.executable:  # as others have it, who were installed: modules are compiled when they are first read
        environment |= {"PYTHONPYCACHEPREFIX": str(directory / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    found: list[tuple[float, float]] = []
    for _ in range(runs):
        done = subprocess.run(
            [python, "-c", program], check=True, capture_output=True, text=True, cwd=directory, env=environment
        )
        cpu_s, memory_mb = done.stdout.strip().splitlines()[-1].split()
        found.append((float(cpu_s), float(memory_mb)))
    return median(cpu_s for cpu_s, _ in found), max(memory_mb for _, memory_mb in found)


def _made(seed: int) -> pl.DataFrame:
    """Numbers of which one has moved by a tenth of its deviation and one has gaps, and Zipf's levels."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"f{number}": rng.normal(size=ROWS) for number in range(NUMBERS)}
    columns["f1"] += 0.1 * (seed - 1)
    columns["f3"][rng.random(ROWS) < 0.01] = np.nan
    for number, levels in enumerate(LEVELS):
        names = np.array([f"level {each}" for each in range(levels)])
        columns[f"c{number}"] = names[np.minimum(rng.zipf(1.3, ROWS) - 1, levels - 1)]
    return pl.DataFrame(columns)
