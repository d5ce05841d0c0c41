"""A model of natural language inference from a folder of one's own, with `evenkeel[nli]`. It fetches nothing.

The folder has `model.onnx`, `tokenizer.json`, and `config.json` with `id2label`, as exports of Hugging Face models do.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
import tokenizers

from evenkeel.kernel.errors import InvalidInputError, NotFoundError

#: Tokens of a premise with a hypothesis; the premise is cut where both are longer. What most such models were made for.
TOKENS_MAX: Final = 512
#: Pairs that are scored at once.
BATCH_MAX: Final = 16
_FILES: Final = ("model.onnx", "tokenizer.json", "config.json")
_LABEL: Final = "entailment"


class OnnxEntailment:
    """Probabilities of a model in `folder`. Raises NotFoundError for a file that is missing, and InvalidInputError
    where the model has no label `entailment`, or takes what it is not given.

    `threads` is how many cores one call may use.
    """

    def __init__(self, folder: str | os.PathLike[str], *, threads: int = 1) -> None:
        place = Path(folder)
        missing = [name for name in _FILES if not (place / name).is_file()]
        if missing:
            raise NotFoundError(f"{place} has no {missing[0]}.", hint=f"A model is a folder with {', '.join(_FILES)}.")
        self._label = _entailment_label(place / "config.json")
        self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(place / "tokenizer.json"))
        self._tokenizer.enable_truncation(TOKENS_MAX, strategy="only_first")
        runtime: Any = onnxruntime  # it ships no types of what it takes from its library
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        try:
            self._session: Any = runtime.InferenceSession(
                str(place / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime raises its own classes, which it does not name
            raise InvalidInputError(
                f"model.onnx cannot be read: {str(error)[:200]}.", hint="Export it again."
            ) from error
        self._inputs = [str(each.name) for each in self._session.get_inputs()]
        unknown = sorted(set(self._inputs) - {"input_ids", "attention_mask", "token_type_ids"})
        if unknown:
            raise InvalidInputError(f"The model takes {unknown[0]!r}.", hint="It may take tokens, mask and types only.")

    def __call__(self, premise: str, hypotheses: Sequence[str], /) -> list[float]:
        """The probability that each hypothesis follows from the premise."""
        found: list[float] = []
        for start in range(0, len(hypotheses), BATCH_MAX):
            found += self._score(premise, hypotheses[start : start + BATCH_MAX])
        return found

    def _score(self, premise: str, hypotheses: Sequence[str]) -> list[float]:
        encoded = [self._tokenizer.encode(premise, each) for each in hypotheses]
        length = max(len(each.ids) for each in encoded)
        rows = {
            "input_ids": [_padded(each.ids, length) for each in encoded],
            "attention_mask": [_padded(each.attention_mask, length) for each in encoded],
            "token_type_ids": [_padded(each.type_ids, length) for each in encoded],
        }
        given = {name: np.asarray(rows[name], dtype=np.int64) for name in self._inputs}
        logits = np.asarray(self._session.run(None, given)[0], dtype=np.float64)
        if logits.ndim != 2 or logits.shape[1] <= self._label:
            raise InvalidInputError(
                f"The model answers with shape {logits.shape}.", hint="It gives one logit for each label."
            )
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        return [float(each) for each in weights[:, self._label] / weights.sum(axis=1)]


def _padded(values: Sequence[int], length: int) -> list[int]:
    return [*values, *[0] * (length - len(values))]


def _entailment_label(config: Path) -> int:
    """Which of the model's labels is entailment."""
    try:
        document: Any = json.loads(config.read_text(encoding="utf-8"))
        labels: Mapping[str, str] = document["id2label"]
        found = [int(place) for place, name in labels.items() if str(name).lower() == _LABEL]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInputError(f"{config.name} tells no labels.", hint="It has `id2label`.") from None
    if len(found) != 1:
        raise InvalidInputError(
            f"Of the labels {list(labels.values())} {len(found)} are entailment.", hint="It takes an NLI model."
        )
    return found[0]
