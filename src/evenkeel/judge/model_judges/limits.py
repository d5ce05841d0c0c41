"""What a judge may still be asked: calls and tokens of any 24 hours, whatever they were used for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.judge.evaluations.verdicts import load_spent
from evenkeel.judge.model_judges.calling import call_model
from evenkeel.judge.model_judges.comparison_records import load_pairs_spent
from evenkeel.judge.model_judges.model import Heard, ModelJudge
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.records.engine import Records

#: A model that is asked to wait is waited for so long, once; then the run ends and the next one goes on.
WAIT_S_MAX: Final = 30.0
#: Failures in a row after which a run ends: a model that is away is away for the next answer, too.
FAILURES_MAX: Final = 5
AWAY: Final = "The model fails again and again."


@dataclass(frozen=True, slots=True)
class JudgeLimits:
    """The limits of every judge. `wait` sleeps, and is true where everything ends."""

    records: Records
    clock: Clock
    wait: Callable[[float], object]

    def spent(self, judge: ModelJudge) -> tuple[int, int]:
        """(calls, tokens) of the last 24 hours."""
        since_us = self.clock.now_us() - US_PER_DAY
        with self.records.transaction() as connection:
            calls, tokens = load_spent(connection, judge.name, since_us)
            more_calls, more_tokens = load_pairs_spent(connection, judge.name, since_us)
        return calls + more_calls, tokens + more_tokens

    def calls_left(self, judge: ModelJudge) -> int:
        """Calls that it may be asked now."""
        return max(0, judge.calls_per_day - self.spent(judge)[0])

    def why_stopped(self, judge: ModelJudge) -> str:
        """Why it is asked nothing more for now; empty where it may be asked."""
        calls, tokens = self.spent(judge)
        if calls >= judge.calls_per_day:
            return f"Its {judge.calls_per_day:,} calls of 24 hours are used."
        if tokens >= judge.tokens_per_day:
            return f"Its {judge.tokens_per_day:,} tokens of 24 hours are used."
        return "evenkeel is stopping." if self.wait(0.0) else ""

    def call(self, judge: ModelJudge, secret: str, body: dict[str, Any]) -> Heard:
        """What comes back of a call; of one that is asked to wait a little, of the one after that."""
        heard = call_model(judge.url, secret, body, judge.timeout_s)
        if heard.status in (429, 503) and heard.retry_after_s is not None and heard.retry_after_s <= WAIT_S_MAX:
            self.wait(heard.retry_after_s)
            heard = call_model(judge.url, secret, body, judge.timeout_s)
        return heard
