"""evenkeel: AI in production, judged without false green and without false red.

`import evenkeel` is the SDK and client and loads nothing else (docs/how-to/send-events.md):

    ek = evenkeel.Client("http://localhost:4318", key="…", service="churn-model", version="1.4.0")
    ek.log_prediction("order-17", label="stays", score=0.93, latency_s=0.012)

In a notebook, with `evenkeel[notebook]`, tables are judged without a server (docs/how-to/use-as-a-library.md):

    reference = evenkeel.profile("training.parquet")
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any, Final

__version__ = "0.1.0"

if TYPE_CHECKING:
    from evenkeel.library.columns import Columns
    from evenkeel.library.comparing import DriftReport, compare
    from evenkeel.library.evaluating import Evaluation, evaluate
    from evenkeel.library.fairness import FairnessReport, fairness
    from evenkeel.library.grounding import GroundedAnswer, grounding
    from evenkeel.library.onnx_entailment import OnnxEntailment
    from evenkeel.library.profiling import Reference, profile
    from evenkeel.observe.sdk.client import Client

__all__ = [
    "Client",
    "Columns",
    "DriftReport",
    "Evaluation",
    "FairnessReport",
    "GroundedAnswer",
    "OnnxEntailment",
    "Reference",
    "__version__",
    "compare",
    "evaluate",
    "fairness",
    "grounding",
    "profile",
]

#: What is loaded when it is first asked for: a service that sends events does not pay for a notebook.
_HOMES: Final = {
    "Client": "evenkeel.observe.sdk.client",
    "Columns": "evenkeel.library.columns",
    "DriftReport": "evenkeel.library.comparing",
    "Evaluation": "evenkeel.library.evaluating",
    "FairnessReport": "evenkeel.library.fairness",
    "GroundedAnswer": "evenkeel.library.grounding",
    "OnnxEntailment": "evenkeel.library.onnx_entailment",
    "Reference": "evenkeel.library.profiling",
    "compare": "evenkeel.library.comparing",
    "evaluate": "evenkeel.library.evaluating",
    "fairness": "evenkeel.library.fairness",
    "grounding": "evenkeel.library.grounding",
    "profile": "evenkeel.library.profiling",
}
#: Take any kind of data frame, for which they need narwhals; it is loaded where there is one.
_TAKE_FRAMES: Final = frozenset(("compare", "evaluate", "fairness", "profile"))


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        msg = f"module 'evenkeel' has no attribute {name!r}"
        raise AttributeError(msg)
    if name in _TAKE_FRAMES and importlib.util.find_spec("narwhals") is None:
        raise ImportError(_needs(name, "narwhals", "notebook"))
    try:
        return getattr(importlib.import_module(home), name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("evenkeel"):
            raise
        extra = "nli" if name == "OnnxEntailment" else "notebook"
        raise ImportError(_needs(name, error.name, extra)) from error


def _needs(name: str, module: str, extra: str) -> str:
    return f"evenkeel.{name} needs {module}. Install evenkeel[{extra}]."
