"""A classifier trained at start on real data, whose true labels arrive later: `python -m evenkeel.demo.triage`.

The data is the Wisconsin diagnostic breast cancer set that scikit-learn carries: 569 tumours, 30
measurements each. Half of it trains the model; the other half comes in as new cases.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from bisect import bisect_right
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import Any, Final

from sklearn import datasets, linear_model, model_selection, pipeline, preprocessing

from evenkeel import Client
from evenkeel.demo.faults import FaultFile
from evenkeel.demo.process import Orders, run_process, wait_for_stop
from evenkeel.demo.web_service import poisson_wait_s

SERVICE: Final = "triage"
VERSION: Final = "3"
_PER_SECOND: Final = 2.5
_BEAT_S: Final = 15
_DOCTORS: Final = 12
_LABEL_DELAY_S: Final = (20.0, 120.0)  # the laboratory takes its time
_LABELS_WAITING_MAX: Final = 1_000
_SEED: Final = 7
_RADIUS: Final = "mean radius"
_SIZES: Final = ("small", "medium", "large")
_SLOW_S: Final = (4.0, 5.0)
_ERRORS_SHARE: Final = 0.3
_FLUSH_S: Final = 5.0
# scikit-learn ships no types.
_datasets: Any = datasets
_linear_model: Any = linear_model
_model_selection: Any = model_selection
_pipeline: Any = pipeline
_preprocessing: Any = preprocessing


@dataclass(frozen=True, slots=True)
class Case:
    """A tumour: its measurements, and what the laboratory will find."""

    measurements: dict[str, float]
    finding: str
    size: str = ""  # the third of the known tumours that its radius is in


class TriageModel:
    """Says from measurements whether a tumour is malignant."""

    def __init__(self) -> None:
        data = _datasets.load_breast_cancer()
        self._names = [str(name) for name in data.feature_names]
        labels = [str(data.target_names[target]) for target in data.target]
        rows, new_rows, known, new_labels = _model_selection.train_test_split(
            data.data, labels, test_size=0.5, random_state=_SEED, stratify=labels
        )
        self._pipeline = _pipeline.make_pipeline(
            _preprocessing.StandardScaler(), _linear_model.LogisticRegression(max_iter=500)
        )
        self._pipeline.fit(rows, known)
        radius = self._names.index(_RADIUS)
        known_radii = sorted(float(row[radius]) for row in rows)
        edges = known_radii[len(known_radii) // 3], known_radii[2 * len(known_radii) // 3]
        self.new_cases = tuple(
            Case(
                {name: float(value) for name, value in zip(self._names, row, strict=True)},
                label,
                _SIZES[bisect_right(edges, float(row[radius]))],
            )
            for row, label in zip(new_rows, new_labels, strict=True)
        )

    def predict(self, case: Case) -> tuple[str, float]:
        """(label, its probability)."""
        shares = self._pipeline.predict_proba([[case.measurements[name] for name in self._names]])[0]
        best = int(shares.argmax())
        return str(self._pipeline.classes_[best]), float(shares[best])


class Practice:
    """Doctors who send cases, and the laboratory that answers later."""

    def __init__(self, model: TriageModel, client: Client, faults: FaultFile, random: Random) -> None:
        self._model = model
        self._client = client
        self._faults = faults
        self._random = random
        self._waiting: list[tuple[float, str, str]] = []  # due, subject, finding

    async def examine(self, subject: str) -> None:
        """Predict one case and log how that went; the finding of the laboratory is due later."""
        case = self._random.choice(self._model.new_cases)
        begun = time.perf_counter()
        faults = self._faults.current()
        if faults.has("latency", SERVICE):  # as if measurements came in slowly
            await asyncio.sleep(self._random.uniform(_SLOW_S[0], sum(_SLOW_S)))
        user = f"doctor-{self._random.randrange(_DOCTORS):02d}"
        if faults.has("outage", SERVICE) or (faults.has("errors", SERVICE) and self._random.random() < _ERRORS_SHARE):
            latency_s = time.perf_counter() - begun
            self._client.log_prediction(subject, error="measurements_missing", latency_s=latency_s, user=user)
            return
        label, score = self._model.predict(case)
        self._client.log_prediction(
            subject,
            label=label,
            score=score,
            latency_s=time.perf_counter() - begun,
            features=case.measurements,
            segments={"size": case.size},
            user=user,
        )
        if len(self._waiting) < _LABELS_WAITING_MAX:
            due = time.monotonic() + self._random.uniform(*_LABEL_DELAY_S)
            heapq.heappush(self._waiting, (due, subject, case.finding))

    def report_findings(self) -> None:
        """Log the findings that are due."""
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            _, subject, finding = heapq.heappop(self._waiting)
            self._client.log_outcome(subject, finding)


async def main(orders: Orders, stop: asyncio.Event) -> None:
    """Train, then examine cases until told to stop; while silent, nothing is sent, not even heartbeats."""
    model, faults, random = TriageModel(), FaultFile(orders.home), SystemRandom()
    while not stop.is_set():
        if faults.current().has("silence", SERVICE):
            await wait_for_stop(stop, 1.0)
            continue
        client = Client(orders.intake_url, key=orders.key, service=SERVICE, version=VERSION)
        try:
            client.heartbeat(_BEAT_S)
            await _work(Practice(model, client, faults, random), faults, random, stop)
            await asyncio.to_thread(client.flush, _FLUSH_S)
        finally:
            await asyncio.to_thread(client.close)


async def _work(practice: Practice, faults: FaultFile, random: Random, stop: asyncio.Event) -> None:
    """Examine cases until stopped or silenced."""
    running: set[asyncio.Task[None]] = set()
    while not faults.current().has("silence", SERVICE):
        if await wait_for_stop(stop, poisson_wait_s(random, _PER_SECOND)):
            break
        task = asyncio.create_task(practice.examine(f"case-{time.time_ns():x}"))
        running.add(task)
        task.add_done_callback(running.discard)
        practice.report_findings()
    await asyncio.gather(*running)


if __name__ == "__main__":
    run_process(main)
