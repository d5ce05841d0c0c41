"""ADWIN and DDM as river ships them, on streams that ours reads, in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
from bench.peers import ROOT, install
from numpy.typing import NDArray

RIVER: Final = "0.26.1"
DETECTORS: Final = ("ADWIN", "DDM")
_PROGRAM: Final = """
import json, numpy
from river.drift import ADWIN
from river.drift.binary import DDM
found = {"ADWIN": [], "DDM": []}
for stream in numpy.load("streams.npy"):
    for name, kind in (("ADWIN", ADWIN), ("DDM", DDM)):
        detector, alarm = kind(), None
        for number, bad in enumerate(stream.tolist(), 1):
            detector.update(bad)
            if detector.drift_detected:
                alarm = number
                break
        found[name].append(alarm)
print(json.dumps(found))
"""


def alarms(batches: NDArray[np.int64], size: int, rng: np.random.Generator) -> dict[str, list[int | None]]:
    """For each detector and stream the observation of the first alarm, counted from 1; None where there is none.

    Streams are rows of batches with so many bad ones of `size`, which stand anywhere in their batch. Raises OSError or
    SubprocessError where river cannot be installed or fails.
    """
    places = rng.permuted(np.broadcast_to(np.arange(size), (*batches.shape, size)), axis=2)
    bad = (places < batches[..., None]).astype(np.uint8).reshape(len(batches), -1)
    python = install(ROOT / f"river-{RIVER}", (f"river=={RIVER}",))
    with tempfile.TemporaryDirectory() as name:
        np.save(Path(name) / "streams.npy", bad)
        done = subprocess.run([str(python), "-c", _PROGRAM], check=True, capture_output=True, text=True, cwd=name)
    return json.loads(done.stdout)
