"""A model of scikit-learn behind MLflow's own scoring server, asked through the gateway (SPEC GW-1)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
#: Made by `make e2e`: MLflow asks for other versions of what we use.
PYTHON = Path(__file__).resolve().parents[2] / "build" / "scoring" / "bin" / "python"
STARTS_WITHIN_S, PATIENCE_S = 240.0, 60.0
#: It says nothing to anybody, and looks for no other programs.
QUIET = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}

#: Trains on 400 of 569 real cases, saves the model, and says what it makes of the others.
TRAIN = """
import json, sys
import mlflow.sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

cases, truth = load_breast_cancer(return_X_y=True, as_frame=True)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(cases[:400], truth[:400])
mlflow.sklearn.save_model(
    model, sys.argv[1], serialization_format="cloudpickle", pip_requirements=["scikit-learn"]
)
rest = cases[400:]
split = {"columns": list(rest.columns), "data": rest.values.tolist()}
print(json.dumps({"split": split, "predictions": model.predict(rest).tolist()}))
"""

CONFIGURED = """\
upstreams:
  scoring: {url: "http://127.0.0.1:%d", dialect: mlflow}
gateway:
  routes:
    tumours:
      versions:
        "1": {upstreams: [scoring]}
"""


@dataclass(frozen=True)
class Scoring:
    """A scoring server, and what its model says of cases that it was not trained on."""

    port: int
    split: dict[str, Any]
    predictions: list[int]


@pytest.fixture(scope="module")
def scoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scoring]:
    if not PYTHON.exists():
        pytest.skip("MLflow is not installed: make e2e does it")
    model = tmp_path_factory.mktemp("scoring") / "model"
    trained = subprocess.run(
        [PYTHON, "-c", TRAIN, model], capture_output=True, text=True, env=QUIET, timeout=300, check=False
    )
    assert trained.returncode == 0, trained.stderr
    said = json.loads(trained.stdout)
    listener = socket.create_server(("127.0.0.1", 0))
    # What `mlflow models serve` runs as its child, so that there is one process to stop.
    served = [PYTHON, "-m", "uvicorn", "--fd", str(listener.fileno()), "mlflow.pyfunc.scoring_server.app:app"]
    environment = {**QUIET, "__pyfunc_model_path__": str(model)}
    log = model.with_name("served.log")
    with log.open("wb") as told:
        process = subprocess.Popen(served, stdout=told, stderr=told, env=environment, pass_fds=[listener.fileno()])
    try:
        port = listener.getsockname()[1]
        # The socket listens already: this waits until somebody answers.
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=STARTS_WITHIN_S) as answer:
            assert answer.status == 200, log.read_text()
        yield Scoring(port, said["split"], said["predictions"])
    finally:
        process.terminate()
        process.wait()
        listener.close()


def test_a_model_of_scikit_learn_says_through_the_gateway_what_it_says_itself(
    start_server: Any, run: Any, wait_until: Any, tmp_path: Path, scoring: Scoring
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "evenkeel.yaml").write_text(CONFIGURED % scoring.port, encoding="utf-8")
    start_server(home)
    notice = home / "gateways" / "g0.json"
    wait_until(notice.exists, within_s=PATIENCE_S, what="no gateway was started")
    port = json.loads(notice.read_bytes())["port"]
    secret = run.json("keys", "create", "the ward", "--scope", "gateway", "--home", home)["secret"]

    def invoke(document: Any) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/services/tumours/invocations",
            json.dumps(document).encode(),
            {"authorization": f"Bearer {secret}", "content-type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    whole = {"dataframe_split": scoring.split}
    wait_until(
        lambda: invoke(whole)[0] == 200, within_s=PATIENCE_S, what="the gateway does not know the key or the route"
    )
    assert invoke(whole) == (200, {"predictions": scoring.predictions})
    columns, rows = scoring.split["columns"], scoring.split["data"]
    records = {"dataframe_records": [dict(zip(columns, row, strict=True)) for row in rows[:3]]}
    assert invoke(records) == (200, {"predictions": scoring.predictions[:3]})
    assert invoke({"instances": rows[:2]}) == (200, {"predictions": scoring.predictions[:2]})
    status, refused = invoke({"no": "rows"})
    assert (status, "error_code" in refused) == (400, True), "the refusal is MLflow's own"

    def counted() -> bool:
        services = run.json("status", "--home", home)["services"]
        return [each["service"] for each in services] == ["tumours"]

    wait_until(counted, within_s=PATIENCE_S, what="its predictions are not events")
