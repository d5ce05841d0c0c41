"""A real ONNX model, made here: it is run by the real runtime, with a real tokenizer, and nothing is fetched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

import evenkeel
from evenkeel.kernel.errors import InvalidInputError, NotFoundError

WORDS = ("[PAD]", "[UNK]", "two", "days", "three", "it", "takes")


def make(folder: Path, labels: dict[str, str], inputs: tuple[str, ...] = ("input_ids", "attention_mask")) -> Path:
    """A model whose logit of its last label counts the tokens "two", and of the others is 1."""
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in inputs]
    two = numpy_helper.from_array(np.asarray(WORDS.index("two"), dtype=np.int64), "two")
    ones = numpy_helper.from_array(np.ones((1, len(labels) - 1), dtype=np.float32), "ones")
    axes = numpy_helper.from_array(np.asarray([1], dtype=np.int64), "axes")
    nothing = numpy_helper.from_array(np.asarray(0.0, dtype=np.float32), "nothing")
    nodes = [
        helper.make_node("Equal", ["input_ids", "two"], ["is_two"]),
        helper.make_node("Cast", ["is_two"], ["as_float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["as_float", "axes"], ["count"], keepdims=1),
        helper.make_node("Mul", ["count", "nothing"], ["zero"]),
        helper.make_node("Add", ["zero", "ones"], ["others"]),
        helper.make_node("Concat", ["others", "count"], ["logits"], axis=1),
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(labels)])
    graph = helper.make_graph(nodes, "counts", ids, [output], [two, ones, axes, nothing])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    folder.mkdir()
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    vocabulary = {word: place for place, word in enumerate(WORDS)}
    tokenizer: Any = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"id2label": labels}), encoding="utf-8")
    return folder


LABELS = {"0": "CONTRADICTION", "1": "NEUTRAL", "2": "ENTAILMENT"}


def test_a_model_is_run_in_batches_and_gives_probabilities(tmp_path: Path) -> None:
    model = evenkeel.OnnxEntailment(make(tmp_path / "nli", LABELS))
    found = model("it takes two days", ["two", "three", *["two two two"] * 20])
    weights = [np.exp(count) / (np.exp(count) + 2 * np.e) for count in (2, 1, 4)]
    assert found == pytest.approx([*weights[:2], *[weights[2]] * 20], rel=1e-5)


def test_it_is_a_second_signal_of_grounding(tmp_path: Path) -> None:
    model = evenkeel.OnnxEntailment(make(tmp_path / "nli", LABELS))
    found = evenkeel.grounding("it takes two two days.", "it takes two days.", entailment=model)
    assert found.entailed is not None
    assert found.entailed.score == pytest.approx(np.exp(3) / (np.exp(3) + 2 * np.e), rel=1e-5)


def test_a_premise_that_is_too_long_is_cut_and_the_hypothesis_is_not(tmp_path: Path) -> None:
    model = evenkeel.OnnxEntailment(make(tmp_path / "nli", LABELS))
    (found,) = model("days " * 2_000, ["two two"])
    assert found == pytest.approx(np.exp(2) / (np.exp(2) + 2 * np.e), rel=1e-5)


def test_what_is_no_such_model_is_refused_with_why(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"has no model\.onnx"):
        evenkeel.OnnxEntailment(tmp_path)
    with pytest.raises(InvalidInputError, match="0 are entailment"):
        evenkeel.OnnxEntailment(make(tmp_path / "other", {"0": "positive", "1": "negative"}))
    with pytest.raises(InvalidInputError, match="takes 'pixels'"):
        evenkeel.OnnxEntailment(make(tmp_path / "pixels", LABELS, ("input_ids", "pixels")))
    folder = make(tmp_path / "broken", LABELS)
    (folder / "config.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="tells no labels"):
        evenkeel.OnnxEntailment(folder)
    (folder / "config.json").write_text(json.dumps({"id2label": LABELS}), encoding="utf-8")
    (folder / "model.onnx").write_bytes(b"no model")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        evenkeel.OnnxEntailment(folder)
