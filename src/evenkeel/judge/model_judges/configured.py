"""Judges as they are configured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from evenkeel.judge.model_judges.model import ModelJudge
from evenkeel.org.config.model import Config
from evenkeel.store.telemetry.port import ServiceKey

#: What is asked where the configuration asks nothing of its own.
USUAL: Final[Mapping[str, str]] = {
    "answer": "Does the answer address what was asked, and is what it says correct?",
    "contexts": "Does it help to answer what was asked?",
}


def configured_judges(config: Config) -> list[ModelJudge]:
    """All of them, by name."""
    return [
        ModelJudge(
            name=name,
            url=judge.url,
            model=judge.model,
            key=judge.key,
            question=judge.question or USUAL[judge.about],
            services=tuple(ServiceKey(*each.split("/", 1)) for each in dict.fromkeys(judge.services)),
            share=judge.share,
            every_s=float(judge.every),
            calls_per_day=judge.calls_per_day,
            tokens_per_day=judge.tokens_per_day,
            timeout_s=float(judge.timeout),
            concurrency=judge.concurrency,
            about=judge.about,
        )
        for name, judge in sorted(config.judges.items())
    ]
