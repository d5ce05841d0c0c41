"""The table of what judges said of answers; `judge/model_judges` writes it, evaluations divide answers by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, String, Table, delete, func, insert, select

from evenkeel.store.records.engine import metadata

#: Names of events in one question to the database.
_ASKED_MAX: Final = 500

judge_verdicts: Final = Table(
    "judge_verdicts",
    metadata,
    Column("judge", String(60), primary_key=True),
    Column("event_id", String(36), primary_key=True),
    Column("prompt", String(60), primary_key=True),
    Column("model", String(200), primary_key=True),
    Column("environment", String(200), nullable=False),
    Column("service", String(200), nullable=False),
    Column("version", String(300), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("judged_at_us", BigInteger, nullable=False, index=True),
    Column("verdict", String(20), nullable=False),
    Column("failure", String(60), nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class JudgeVerdict:
    """What a judge said of one answer: flagged, passed, or failed with the reason why there is no verdict."""

    judge: str
    event_id: str
    prompt: str  # its version, with the question (`asking.prompt_version`)
    model: str
    environment: str
    service: str
    version: str  # of the service
    at_us: int
    judged_at_us: int
    verdict: str
    failure: str = ""
    tokens_in: int = 0
    tokens_out: int = 0


def save_verdicts(connection: Connection, found: Sequence[JudgeVerdict]) -> None:
    """Add what a judge said."""
    if found:
        connection.execute(insert(judge_verdicts), [asdict(each) for each in found])


def load_verdicts(connection: Connection, judge: str, event_ids: Sequence[str]) -> dict[str, str]:
    """The newest verdict of a judge on each of these events that it has looked at."""
    found: dict[str, Any] = {}
    for start in range(0, len(event_ids), _ASKED_MAX):
        query = (
            select(judge_verdicts.c.event_id, judge_verdicts.c.verdict)
            .where(
                judge_verdicts.c.judge == judge,
                judge_verdicts.c.event_id.in_(event_ids[start : start + _ASKED_MAX]),
            )
            .order_by(judge_verdicts.c.judged_at_us)
        )
        found |= {row.event_id: row.verdict for row in connection.execute(query)}
    return found


def load_judged(connection: Connection, judge: str, model: str, prompt: str, event_ids: Sequence[str]) -> set[str]:
    """Which of these events a judge has looked at with this model and prompt."""
    found: set[str] = set()
    for start in range(0, len(event_ids), _ASKED_MAX):
        query = select(judge_verdicts.c.event_id).where(
            judge_verdicts.c.judge == judge,
            judge_verdicts.c.model == model,
            judge_verdicts.c.prompt == prompt,
            judge_verdicts.c.event_id.in_(event_ids[start : start + _ASKED_MAX]),
        )
        found |= set(connection.execute(query).scalars())
    return found


def load_spent(connection: Connection, judge: str, since_us: int) -> tuple[int, int]:
    """(calls, tokens) of a judge since then; what was too long was never sent."""
    tokens = func.coalesce(func.sum(judge_verdicts.c.tokens_in + judge_verdicts.c.tokens_out), 0)
    query = select(func.count(), tokens).where(
        judge_verdicts.c.judge == judge,
        judge_verdicts.c.judged_at_us >= since_us,
        judge_verdicts.c.failure != "too_long",
    )
    calls, spent = connection.execute(query).one()
    return int(calls), int(spent)


def count_verdicts(
    connection: Connection, judge: str, model: str, prompt: str, since_us: int
) -> list[tuple[str, str, str, str, int]]:
    """(environment, service, verdict, failure, how many) of what a judge said since then with this model and prompt."""
    columns = (
        judge_verdicts.c.environment,
        judge_verdicts.c.service,
        judge_verdicts.c.verdict,
        judge_verdicts.c.failure,
    )
    query = (
        select(*columns, func.count())
        .where(
            judge_verdicts.c.judge == judge,
            judge_verdicts.c.model == model,
            judge_verdicts.c.prompt == prompt,
            judge_verdicts.c.judged_at_us >= since_us,
        )
        .group_by(*columns)
        .order_by(*columns)
    )
    return [(row[0], row[1], row[2], row[3], int(row[4])) for row in connection.execute(query)]


def forget_verdicts(connection: Connection, before_us: int) -> int:
    """Delete verdicts on events of before then, as the events themselves are deleted."""
    return connection.execute(delete(judge_verdicts).where(judge_verdicts.c.at_us < before_us)).rowcount
