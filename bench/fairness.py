"""Fairness: false alarms of a fair model beside the plain gap, and CPU time beside Fairlearn.

Five groups of 50, 30, 10, 7 and 3 %. Fairlearn installs itself into `~/.cache/evenkeel-bench` when this is first run;
where that fails its row is unknown and says why.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import numpy as np
from bench.cpu import median_cpu_s
from bench.peers import ROOT
from bench.report import Row

from evenkeel.judge.fairness.count import count_groups
from evenkeel.judge.fairness.gaps import ALPHA, bound_gap, compute_gap
from evenkeel.judge.fairness.model import GroupCounts, GroupTable, Rate
from evenkeel.kernel.stats.binomial import lower_bound, upper_bound

HEADING = "Fairness: false alarms of a fair model, and CPU seconds of an audit"
SIZES = (0.5, 0.3, 0.1, 0.07, 0.03)
SELECTED = (0.02, 0.3, 0.95)
ROWS = (200, 1_000, 5_000, 50_000)
AUDITS = 10_000
SEED = 20261129
FAIRLEARN = "0.15.0"
LARGE = 1_000_000
THREE = (Rate.SELECTION, Rate.TRUE_POSITIVE, Rate.ACCURACY)


def measure(*, full: bool = False) -> Sequence[Row]:
    """False alarms first, then power, then speed."""
    audits = 5 * AUDITS if full else AUDITS
    alarms = [_false_alarms(rate, n, audits) for rate in SELECTED for n in ROWS]
    return [*alarms, *(_found(n, audits // 5) for n in ROWS), *_speed()]


def _false_alarms(rate: float, n: int, audits: int) -> Row:
    chance = np.random.default_rng(SEED)
    sizes = chance.multinomial(n, SIZES, audits)
    hits = chance.binomial(sizes, rate)
    shares = np.where(sizes > 0, hits / np.maximum(sizes, 1), np.nan)
    plain = float((np.nanmax(shares, axis=1) - np.nanmin(shares, axis=1) > 0.1).mean())
    alarms = sum(low > 0.0 for low, _ in _bounds(sizes, hits))
    bounds = f"95 % [{100 * lower_bound(alarms, audits, 0.025):.2f}–{100 * upper_bound(alarms, audits, 0.025):.2f}]"
    return Row(
        f"fair, {100 * rate:g} % selected, n {n:,}: significant",
        100 * alarms / audits,
        "% of audits",
        1.0,
        at_most=True,
        beside=f"{bounds}; plain gap > .1: {100 * plain:.1f} %",
    )


def _found(n: int, audits: int) -> Row:
    """The second largest group selected 20 points less often."""
    chance = np.random.default_rng(SEED)
    sizes = chance.multinomial(n, SIZES, audits)
    hits = chance.binomial(sizes, (0.4, 0.2, 0.4, 0.4, 0.4))
    found = list(_bounds(sizes, hits))
    warned = sum(low > 0.05 for low, _ in found) / audits
    return Row(
        f"unfair to a group of 30 % by 20 points, n {n:,}: significant",
        100 * sum(low > 0.0 for low, _ in found) / audits,
        "% of audits",
        beside=f"surely above 5 points: {100 * warned:.0f} %",
    )


def _bounds(sizes: np.ndarray, hits: np.ndarray) -> list[tuple[float, float]]:
    rows = zip(sizes.tolist(), hits.tolist(), strict=True)
    parts = ([GroupCounts(positive=h, negative=n - h) for h, n in zip(*row[::-1], strict=True) if n] for row in rows)
    return [bound_gap(Rate.SELECTION, each, ALPHA)[:2] for each in parts]


def _speed() -> list[Row]:
    chance = np.random.default_rng(SEED)
    groups = np.array(["alpha", "beta", "gamma", "delta", "eps"])[chance.choice(5, LARGE, p=SIZES)]
    predicted, truth = (chance.random(LARGE) < 0.3).astype(int), (chance.random(LARGE) < 0.4).astype(int)

    def audit_rows() -> None:
        table = count_groups({"group": groups}, predicted, truth)
        for rate in THREE:
            compute_gap(table, rate)

    table = GroupTable(("group",), {(str(n),): GroupCounts(tp=300 * n, fp=90, tn=500, fn=80) for n in range(1, 6)})
    ours = median_cpu_s(audit_rows, 5)
    theirs, why = _fairlearn()
    return [
        Row("3 metrics × 5 groups of 1,000,000 rows, groups as texts", ours, "CPU s", 0.2, at_most=True),
        Row(
            "3 metrics × 5 groups from counts",
            1e3 * median_cpu_s(lambda: [compute_gap(table, r) for r in THREE], 9),
            "ms",
        ),
        Row("times Fairlearn's MetricFrame on the same rows", theirs / ours if theirs else None, "×", beside=why),
    ]


_THEIR_AUDIT = f"""
import time, warnings
warnings.filterwarnings("ignore")
import numpy as np
from fairlearn.metrics import MetricFrame, selection_rate, true_positive_rate
from sklearn.metrics import accuracy_score
chance = np.random.default_rng({SEED})
groups = np.array(["alpha", "beta", "gamma", "delta", "eps"])[chance.choice(5, {LARGE}, p={SIZES})]
predicted, truth = (chance.random({LARGE}) < 0.3).astype(int), (chance.random({LARGE}) < 0.4).astype(int)
started = time.process_time()
three = {{"selection": selection_rate, "tpr": true_positive_rate, "accuracy": accuracy_score}}
MetricFrame(metrics=three, y_true=truth, y_pred=predicted, sensitive_features=groups).difference()
print(time.process_time() - started)
"""


def _fairlearn() -> tuple[float | None, str]:
    """Its CPU seconds, or why they are not known."""
    place = ROOT / f"fairlearn-{FAIRLEARN}"
    python = place / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True, capture_output=True)
            install = [str(python), "-m", "pip", "install", "--quiet", f"fairlearn=={FAIRLEARN}"]
            subprocess.run(install, check=True, capture_output=True, timeout=900)
        said = subprocess.run(
            [str(python), "-c", _THEIR_AUDIT], check=True, capture_output=True, text=True, timeout=300
        )
    except (OSError, subprocess.SubprocessError) as error:
        return None, str(error).splitlines()[-1][:120]
    seconds = float(said.stdout.split()[-1])
    return seconds, f"Fairlearn {FAIRLEARN} {seconds:.1f} CPU s, point estimates only"
