"""Usage in what an MLflow model server answers to `/invocations`.

A model of numbers answers `predictions` and uses no tokens; one with a chat or completions signature answers as
OpenAI does (https://mlflow.org/docs/latest/genai/serving/), whole or as a stream of the same chunks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.gateway.metering import openai
from evenkeel.gateway.metering.reading import Reading, object_of


def read_invocation(reading: Reading, part: Mapping[str, Any]) -> None:
    """The whole answer, or one chunk of a stream."""
    if "choices" in part:
        openai.read_chat(reading, part)
        return
    if part.get("object") == "list":
        openai.read_embeddings(reading, part)
        return
    reading.name_answer(part)
    usage = part.get("usage")
    if usage:
        openai.read_usage(reading, object_of(usage), is_alone=True)
    if "error_code" in part or part.get("error"):
        reading.fail()
