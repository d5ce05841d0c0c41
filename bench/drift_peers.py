"""What Evidently, NannyML, whylogs and alibi-detect say of the rows that ours judges: without drift, and with some.

Each in an environment of its own, at its defaults, as its first page tells to use it: Evidently's `DataDriftPreset`,
NannyML's univariate calculator with Jensen-Shannon distances and chunks as large as the window (its thresholds come
from the chunks of the reference), whylogs' drift scores of two profiles, alibi-detect's `TabularDrift` (each column at
0.05 divided by 20, as ours is one among 20; it knows no missing numbers). Its licence, BSL 1.1, lets it be run here but
not in production, so nothing else of ours touches it. They take up to seconds a window, so there are
few windows. A window of 20 columns without drift is a false alarm where any column is said to have drifted; a drifted
column is found where it is said of it, by ours as one among 20.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from bench.drift_columns import DRIFTS, TABLES, Draw, Rng, compare_columns
from bench.peers import ROOT, install
from bench.report import Row

from evenkeel.judge.drift.model import FALSE_ALARMS_MAX
from evenkeel.kernel.profile.column import Column
from evenkeel.kernel.stats.binomial import exact_interval
from evenkeel.kernel.stats.false_discovery import adjusted_p

HEADING = "Drift beside Evidently, NannyML, whylogs and alibi-detect on the same rows, each at its defaults"
SEED: Final = 20_261_131
COLUMNS: Final = 20
WINDOWS: Final = 10
WINDOWS_FULL: Final = 40
SIZES: Final = ((1_000, 200), (10_000, 1_000))
WITHOUT: Final = ("continuous", "50 levels", "mixed, gaps")
WITH: Final = ("+0.2 sd", "+0.5 sd", "t(1.5) + 0.5 robust sd", "5 % at one value within", "50 levels + 5 % in ten new")
ALLOWED_PERCENT: Final = 1.0
_CHANCE: Final = 0.05
_PROGRAM: Final = """
import json, os, pandas, time, warnings
warnings.simplefilter("ignore")
{imports}
found, began = [], time.process_time()
for number in range({windows}):
    before, after = (pandas.read_parquet(f"{{number}}-{{sample}}.parquet") for sample in ("before", "after"))
    {judged}
    found.append(int(drifted))
print(json.dumps([found, (time.process_time() - began) / len(found)]), flush=True)
os._exit(0)  # threads that some leave behind may end the process badly after it has answered
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another library, in the version that is measured.

    `judged` puts into `drifted` how many columns it says drifted; one that takes seconds has a `share` of the windows.
    """

    name: str
    packages: tuple[str, ...]
    imports: str
    judged: str
    share: float = 1.0


PEERS: Final = (
    Peer(
        "Evidently 0.7.23",
        ("evidently==0.7.23", "pandas<3", "pyarrow"),
        "from evidently import Report\nfrom evidently.presets import DataDriftPreset",
        'drifted = Report([DataDriftPreset()]).run(after, before).dict()["metrics"][0]["value"]["count"]',
        share=0.5,
    ),
    Peer(
        "NannyML 0.13.1",
        ("nannyml==0.13.1", "statsmodels", "pandas<3", "pyarrow"),
        "import nannyml",
        "asked = nannyml.UnivariateDriftCalculator(column_names=list(before.columns), chunk_size=len(after))\n"
        '    told = asked.fit(before).calculate(after).filter(period="analysis").to_df()\n'
        '    drifted = sum(bool(told[each].any()) for each in told.columns if each[-1] == "alert")',
    ),
    Peer(
        "whylogs 1.6.4",
        ("whylogs[viz]==1.6.4", "pandas<3", "pyarrow"),
        "import whylogs\nfrom whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores",
        "told = calculate_drift_scores(whylogs.log(after).view(), whylogs.log(before).view(), with_thresholds=True)\n"
        '    drifted = sum(bool(each) and each["drift_category"] == "DRIFT" for each in told.values())',
    ),
    Peer(
        "alibi-detect 0.13.0",
        ("alibi-detect==0.13.0", "pyarrow<19"),  # newer ones need NumPy 2, which it does not take
        "from alibi_detect.cd import TabularDrift",
        "levels = [each for each, of in enumerate(before.dtypes) if of == object]\n"
        "    both = pandas.concat([before, after])\n"
        "    places = lambda of: pandas.factorize(of, use_na_sentinel=False)[0]\n"
        "    coded = both.apply(lambda of: places(of) if of.dtype == object else of)\n"
        "    named = {each: list(range(int(coded.iloc[:, each].max()) + 1)) for each in levels}\n"
        "    level = 0.05 * before.shape[1] / 20\n"
        "    asked = TabularDrift(coded[: len(before)].to_numpy(float), p_val=level, categories_per_feature=named)\n"
        '    drifted = asked.predict(coded[len(before) :].to_numpy(float))["data"]["is_drift"]',
    ),
)


@dataclass(frozen=True, slots=True)
class Case:
    """Columns before and after, of so many rows."""

    name: str
    columns: tuple[tuple[Draw, Draw], ...]
    sizes: tuple[int, int]
    has_drift: bool

    @property
    def what(self) -> str:
        """As the table names it."""
        return f"{self.name}, {self.sizes[0]:,} against {self.sizes[1]:,}"


def measure(*, full: bool = False) -> Sequence[Row]:
    """All cases, ours first; with `full`, 40 windows of each in place of 10 (a quarter of an hour)."""
    return [row for case in cases() for row in measure_case(case, WINDOWS_FULL if full else WINDOWS)]


def cases() -> list[Case]:
    """Without drift, then with."""
    still = [
        Case(name, tuple((draw, draw) for draw in TABLES[name]), sizes, False) for name in WITHOUT for sizes in SIZES
    ]
    moved = [
        Case(each.name, ((each.before, each.after),), sizes, True)
        for each in DRIFTS
        if each.name in WITH
        for sizes in SIZES
    ]
    return still + moved


def measure_case(case: Case, windows: int) -> list[Row]:
    """The share of windows that ours and each peer call drifted, in percent."""
    rng = np.random.default_rng([SEED, len(case.name), *case.name.encode(), *case.sizes])
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        ours = [_ours(case, rng, directory, number) for number in range(windows)]
        rows = [_row(case, "ours", ours, "")]
        for peer in PEERS:
            try:
                theirs, cpu_s = _theirs(peer, directory, math.ceil(peer.share * windows))
            except (OSError, subprocess.SubprocessError) as error:
                told = error.stderr if isinstance(error, subprocess.CalledProcessError) else ""
                why = (told or str(error)).strip().splitlines()[-1]
                rows.append(Row(f"{case.what}: {peer.name}", None, "% windows", beside=f"not run: {why}"))
            else:
                rows.append(_row(case, peer.name, theirs, f", {1_000 * cpu_s:,.0f} ms of CPU each"))
    return rows


def _ours(case: Case, rng: Rng, directory: Path, number: int) -> bool:
    """What ours says of a window, whose rows are written for the others."""
    samples = [(before(rng, case.sizes[0]), after(rng, case.sizes[1])) for before, after in case.columns]
    for place, sample in enumerate(("before", "after")):
        frame = pl.DataFrame({f"f{at}": rows_of(pair[place], rng) for at, pair in enumerate(samples)})
        frame.write_parquet(directory / f"{number}-{sample}.parquet")
    p = [compare_columns(before, after, rng).p for before, after in samples]
    return p[0] <= FALSE_ALARMS_MAX / COLUMNS if case.has_drift else min(adjusted_p(p)) <= FALSE_ALARMS_MAX


def rows_of(column: Column, rng: Rng) -> Any:
    """A column's rows in a blind order."""
    if column.levels:
        return rng.permutation(np.repeat(list(column.levels), list(column.levels.values())))
    return rng.permutation(np.concatenate([column.numbers, np.full(column.apart.nan, np.nan)]))


def _theirs(peer: Peer, directory: Path, windows: int) -> tuple[list[bool], float]:
    """Which windows a peer calls drifted, and the CPU seconds of one."""
    python = install(ROOT / peer.name.replace(" ", "-").lower(), peer.packages)
    program = _PROGRAM.format(imports=peer.imports, judged=peer.judged, windows=windows)
    quiet = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1", "WHYLOGS_NO_ANALYTICS": "True"}
    done = subprocess.run(
        [str(python), "-c", program], check=True, capture_output=True, text=True, cwd=directory,
        env={**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **quiet},
    )  # fmt: skip
    found, cpu_s = json.loads(done.stdout.strip().splitlines()[-1])
    return [each > 0 for each in found], float(cpu_s)


def _row(case: Case, who: str, drifted: Iterable[bool], beside: str) -> Row:
    found = list(drifted)
    low, high = (100 * bound for bound in exact_interval(sum(found), len(found), _CHANCE))
    required = ALLOWED_PERCENT if who == "ours" and not case.has_drift else None
    unit = "% found" if case.has_drift else "% windows"
    beside = f"{sum(found)} of {len(found)}, 95 % [{low:.2g}–{high:.3g}]{beside}"
    return Row(f"{case.what}: {who}", 100 * sum(found) / len(found), unit, required, at_most=True, beside=beside)
