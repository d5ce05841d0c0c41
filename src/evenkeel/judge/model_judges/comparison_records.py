"""The tables of comparisons: what was compared, and what a judge said of each pair. No text is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, String, Table, delete, func, insert, select, update

from evenkeel.store.records.engine import metadata

judge_comparisons: Final = Table(
    "judge_comparisons",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("judge", String(60), nullable=False),
    Column("model", String(200), nullable=False),
    Column("prompt", String(60), nullable=False),
    Column("title", String(500), nullable=False),
    Column("first", String(300), nullable=False),
    Column("second", String(300), nullable=False),
    Column("pairs", BigInteger, nullable=False),
    Column("created_at_us", BigInteger, nullable=False, index=True),
    Column("created_by", String(200), nullable=False),
    Column("ended_at_us", BigInteger),
    Column("why", String(500), nullable=False),
)

judge_pairs: Final = Table(
    "judge_pairs",
    metadata,
    Column("comparison", String(32), primary_key=True),
    Column("pair", String(32), primary_key=True),
    Column("judge", String(60), nullable=False),
    Column("judged_at_us", BigInteger, nullable=False, index=True),
    Column("forward", String(20), nullable=False),
    Column("backward", String(20), nullable=False),
    Column("failure", String(60), nullable=False),
    Column("calls", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pairs of answers that a judge is asked about. `why` says what ended it early."""

    id: str
    judge: str
    model: str
    prompt: str  # its version, with the question
    title: str
    first: str  # what the first answers are of: a version, or whatever one calls them
    second: str
    pairs: int
    created_at_us: int
    created_by: str
    ended_at_us: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """What a judge said of one pair in both orders, and why it failed where it did."""

    comparison: str
    pair: str
    judge: str
    judged_at_us: int
    forward: str
    backward: str
    failure: str = ""
    calls: int = 2
    tokens: int = 0


def save_comparison(connection: Connection, comparison: Comparison) -> None:
    """Add one."""
    connection.execute(insert(judge_comparisons).values(**asdict(comparison)))


def end_comparison(connection: Connection, comparison_id: str, at_us: int, why: str) -> None:
    """Nothing more of it is asked."""
    connection.execute(
        update(judge_comparisons)
        .where(judge_comparisons.c.id == comparison_id)
        .values(ended_at_us=at_us, why=why[:500])
    )


def save_pairs(connection: Connection, found: Sequence[PairVerdict]) -> None:
    """Add what a judge said."""
    if found:
        connection.execute(insert(judge_pairs), [asdict(each) for each in found])


def load_comparison(connection: Connection, comparison_id: str) -> Comparison | None:
    """One."""
    query = select(judge_comparisons).where(judge_comparisons.c.id == comparison_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else Comparison(**row)


def load_comparisons(connection: Connection, limit: int) -> list[Comparison]:
    """The newest first."""
    newest = (judge_comparisons.c.created_at_us.desc(), judge_comparisons.c.id)
    return [
        Comparison(**row)
        for row in connection.execute(select(judge_comparisons).order_by(*newest).limit(limit)).mappings()
    ]


def load_counts(connection: Connection, comparison_id: str) -> list[tuple[str, str, str, int]]:
    """(forward, backward, failure, how many pairs) of a comparison."""
    columns = (judge_pairs.c.forward, judge_pairs.c.backward, judge_pairs.c.failure)
    query = select(*columns, func.count()).where(judge_pairs.c.comparison == comparison_id).group_by(*columns)
    return [(row[0], row[1], row[2], int(row[3])) for row in connection.execute(query.order_by(*columns))]


def load_pairs_spent(connection: Connection, judge: str, since_us: int) -> tuple[int, int]:
    """(calls, tokens) of a judge for comparisons since then."""
    query = select(
        func.coalesce(func.sum(judge_pairs.c.calls), 0), func.coalesce(func.sum(judge_pairs.c.tokens), 0)
    ).where(judge_pairs.c.judge == judge, judge_pairs.c.judged_at_us >= since_us)
    calls, tokens = connection.execute(query).one()
    return int(calls), int(tokens)


def forget_comparisons(connection: Connection, before_us: int) -> int:
    """Delete those of before then, with their pairs; answers how many."""
    old = select(judge_comparisons.c.id).where(judge_comparisons.c.created_at_us < before_us)
    connection.execute(delete(judge_pairs).where(judge_pairs.c.comparison.in_(old)))
    return connection.execute(delete(judge_comparisons).where(judge_comparisons.c.created_at_us < before_us)).rowcount
