"""Judges as they are configured."""

from __future__ import annotations

from evenkeel.judge.model_judges.model import ModelJudge
from evenkeel.org.config.model import Config
from evenkeel.store.telemetry.port import ServiceKey


def configured_judges(config: Config) -> list[ModelJudge]:
    """All of them, by name."""
    return [
        ModelJudge(
            name=name,
            url=judge.url,
            model=judge.model,
            key=judge.key,
            question=judge.question,
            services=tuple(ServiceKey(*each.split("/", 1)) for each in dict.fromkeys(judge.services)),
            share=judge.share,
            every_s=float(judge.every),
            calls_per_day=judge.calls_per_day,
            tokens_per_day=judge.tokens_per_day,
            timeout_s=float(judge.timeout),
            concurrency=judge.concurrency,
        )
        for name, judge in sorted(config.judges.items())
    ]
