"""A model that judges, what it is asked, and what came of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from evenkeel.store.telemetry.port import ServiceKey


@dataclass(frozen=True, slots=True)
class ModelJudge:
    """A model behind an API that speaks as OpenAI's does, and the limits it is asked within.

    `key` names the secret. In any 24 hours there are `calls_per_day` calls at most, and none after `tokens_per_day`
    tokens.
    """

    name: str
    url: str
    model: str
    key: str
    question: str
    services: tuple[ServiceKey, ...]
    share: float
    every_s: float
    calls_per_day: int
    tokens_per_day: int
    timeout_s: float
    concurrency: int
    about: str = "answer"  # or contexts: which of those that came with an answer are relevant


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back of one call. Status 0: nothing, and `body` says why: timeout or unreachable."""

    status: int
    body: bytes
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call says of an answer: flagged, passed, or failed with the reason why it says nothing."""

    verdict: str
    failure: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    relevant: tuple[int, ...] = ()  # of contexts, their places from 1


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did. `left` answers were chosen and not asked about; `why` says what stopped it."""

    judge: str
    flagged: int = 0
    passed: int = 0
    failed: dict[str, int] = field(default_factory=dict[str, int])  # by reason
    left: int = 0
    why: str = ""

    @property
    def asked(self) -> int:
        """Answers that the model was asked about."""
        return self.flagged + self.passed + sum(self.failed.values())


@dataclass(frozen=True, slots=True)
class Run:
    """A run that somebody asked for, and how far it is. Times are in microseconds; None: not yet."""

    judge: str
    calls_max: int
    asked_at_us: int
    began_at_us: int | None = None
    ended_at_us: int | None = None
    report: RunReport | None = None

    @property
    def state(self) -> str:
        """waiting, running, or done.

        >>> Run("g", 20, 0).state
        'waiting'
        """
        if self.ended_at_us is not None:
            return "done"
        return "waiting" if self.began_at_us is None else "running"
