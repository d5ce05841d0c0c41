"""Usage in what the Open Inference Protocol answers to `infer` (https://github.com/kserve/open-inference-protocol).

It has no word for tokens. Servers of language models say them as parameters of the answer, named as OpenAI names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.gateway.metering import openai
from evenkeel.gateway.metering.reading import Reading, name_of, object_of


def read_inference(reading: Reading, part: Mapping[str, Any]) -> None:
    """The whole answer."""
    reading.response_id = name_of(part.get("id"))
    reading.model = name_of(part.get("model_name"))
    parameters = object_of(part.get("parameters"))
    openai.read_usage(reading, object_of(part.get("usage") or parameters.get("usage") or parameters), is_alone=True)
    if part.get("error"):
        reading.fail()
