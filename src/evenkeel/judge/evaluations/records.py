"""The tables of evaluations: what was drawn, what was said, what somebody has before them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from evenkeel.judge.evaluations.model import Evaluation, Item, Lease, Question, Rating, Scale, Stratum, Texts
from evenkeel.judge.evaluations.results import Progress, measure_progress
from evenkeel.store.records.engine import metadata

evaluations: Final = Table(
    "evaluations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("environment", String(200), nullable=False),
    Column("service", String(200), nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("closed_at_us", BigInteger),
    Column("closed_by", String(200), nullable=False),
    Column("document", Text, nullable=False),
    # How far it is, kept with every change: a list of evaluations reads no answer and no rating.
    Column("drawn", BigInteger, nullable=False),
    Column("rated", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
    Column("lost", BigInteger, nullable=False),
    Column("ratings_left", BigInteger, nullable=False),
)

items: Final = Table(
    "evaluation_items",
    metadata,
    Column("evaluation", String(32), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("stratum", String(400), nullable=False),
    Column("raters", BigInteger, nullable=False),
    Column("event_id", String(36), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("version", String(300), nullable=False),
    Column("lost", Boolean, nullable=False),
    Column("texts", Text),
)

ratings: Final = Table(
    "evaluation_ratings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("evaluation", String(32), nullable=False, index=True),
    Column("item", String(32), nullable=False),
    Column("rater", String(200), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("said", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("corrects", String(32), nullable=False),
)

leases: Final = Table(
    "evaluation_leases",
    metadata,
    Column("evaluation", String(32), primary_key=True),
    Column("item", String(32), primary_key=True),
    Column("rater", String(200), primary_key=True),
    Column("until_us", BigInteger, nullable=False),
)

#: What has a column of its own; the rest of an evaluation is its document.
_COLUMNS: Final = ("id", "environment", "service", "created_at_us", "closed_at_us", "closed_by")
_ITEM: Final = tuple(column for column in items.c if column.name not in ("evaluation", "texts"))


def save_evaluation(
    connection: Connection, evaluation: Evaluation, drawn: Sequence[Item], texts: Mapping[str, Texts]
) -> None:
    """Add one with what was drawn; `texts` are those that were uploaded, by item."""
    document = {name: value for name, value in asdict(evaluation).items() if name not in _COLUMNS}
    own = {name: getattr(evaluation, name) for name in _COLUMNS}
    counts = _counts(measure_progress(drawn, ()))
    connection.execute(insert(evaluations).values(**own, **counts, document=json.dumps(document)))
    rows: list[dict[str, Any]] = [
        asdict(item)
        | {
            "evaluation": evaluation.id,
            "texts": json.dumps(asdict(texts[item.id])) if item.id in texts else None,
        }
        for item in drawn
    ]
    connection.execute(insert(items), rows)


def load_evaluation(connection: Connection, evaluation_id: str) -> Evaluation | None:
    """One."""
    row = connection.execute(select(evaluations).where(evaluations.c.id == evaluation_id)).mappings().first()
    return None if row is None else _evaluation(row)


def load_evaluations(connection: Connection, limit: int) -> list[tuple[Evaluation, Progress]]:
    """The newest first, each with how far it is."""
    query = select(evaluations).order_by(evaluations.c.created_at_us.desc(), evaluations.c.id).limit(limit)
    return [
        (
            _evaluation(row),
            Progress(row["drawn"], row["rated"], row["skipped"], row["lost"], row["ratings_left"]),
        )
        for row in connection.execute(query).mappings()
    ]


def save_progress(connection: Connection, evaluation_id: str, progress: Progress) -> None:
    """Keep how far one is."""
    connection.execute(update(evaluations).where(evaluations.c.id == evaluation_id).values(**_counts(progress)))


def load_evaluations_since(
    connection: Connection, environment: str, service: str, since_us: int
) -> Iterator[Evaluation]:
    """Those of a service that were created since then, the newest first, as far as somebody reads them."""
    query = (
        select(evaluations)
        .where(
            evaluations.c.environment == environment,
            evaluations.c.service == service,
            evaluations.c.created_at_us > since_us,
        )
        .order_by(evaluations.c.created_at_us.desc(), evaluations.c.id)
    )
    for row in connection.execute(query).mappings():
        yield _evaluation(row)


def load_revisions(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """(ratings, answers lost) of each: neither is ever taken back, so what has the same is the same."""
    said = (
        select(ratings.c.evaluation, func.count().label("n"))
        .where(ratings.c.evaluation.in_(ids))
        .group_by(ratings.c.evaluation)
        .subquery()
    )
    query = (
        select(evaluations.c.id, func.coalesce(said.c.n, 0), evaluations.c.lost)
        .outerjoin(said, said.c.evaluation == evaluations.c.id)
        .where(evaluations.c.id.in_(ids))
    )
    return {own: (n, lost) for own, n, lost in connection.execute(query)}


def close_evaluation(connection: Connection, evaluation_id: str, at_us: int, by: str) -> None:
    """Nothing more is rated, and uploaded texts are erased."""
    connection.execute(
        update(evaluations).where(evaluations.c.id == evaluation_id).values(closed_at_us=at_us, closed_by=by)
    )
    connection.execute(update(items).where(items.c.evaluation == evaluation_id).values(texts=None))
    connection.execute(delete(leases).where(leases.c.evaluation == evaluation_id))


def load_items(connection: Connection, evaluation_id: str) -> list[Item]:
    """What was drawn, in its order."""
    query = select(*_ITEM).where(items.c.evaluation == evaluation_id).order_by(items.c.position)
    return [Item(**row) for row in connection.execute(query).mappings()]


def load_texts(connection: Connection, evaluation_id: str, item_id: str) -> Texts | None:
    """What was uploaded of an item, until it is erased."""
    query = select(items.c.texts).where(items.c.evaluation == evaluation_id, items.c.id == item_id)
    found = connection.execute(query).scalar()
    if not found:
        return None
    document: dict[str, Any] = json.loads(found)
    return Texts(document["answer"], document["prompt"], tuple(document["contexts"]))


def mark_lost(connection: Connection, evaluation_id: str, item_id: str, left: int) -> None:
    """Its texts are not kept any more: nobody can rate it, and `left` ratings that it still lacked never come."""
    connection.execute(
        update(items).where(items.c.evaluation == evaluation_id, items.c.id == item_id).values(lost=True)
    )
    connection.execute(
        update(evaluations)
        .where(evaluations.c.id == evaluation_id)
        .values(lost=evaluations.c.lost + 1, ratings_left=evaluations.c.ratings_left - left)
    )


def erase_texts(connection: Connection, before_us: int) -> int:
    """Erase what was uploaded before a time; answers of how many items."""
    old = select(evaluations.c.id).where(evaluations.c.created_at_us < before_us)
    query = update(items).where(items.c.texts.is_not(None), items.c.evaluation.in_(old)).values(texts=None)
    return connection.execute(query).rowcount


def load_ratings(connection: Connection, evaluation_id: str) -> list[Rating]:
    """All that was said, in its order."""
    query = select(ratings).where(ratings.c.evaluation == evaluation_id).order_by(ratings.c.at_us, ratings.c.id)
    return [
        Rating(
            id=row["id"],
            item=row["item"],
            rater=row["rater"],
            at_us=row["at_us"],
            values=json.loads(row["said"]),
            reason=row["reason"],
            corrects=row["corrects"],
        )
        for row in connection.execute(query).mappings()
    ]


def save_rating(connection: Connection, evaluation_id: str, rating: Rating) -> None:
    """Add what somebody said, and take the item from before them."""
    connection.execute(
        insert(ratings).values(
            id=rating.id,
            evaluation=evaluation_id,
            item=rating.item,
            rater=rating.rater,
            at_us=rating.at_us,
            said=json.dumps(dict(rating.values), sort_keys=True),
            reason=rating.reason,
            corrects=rating.corrects,
        )
    )
    drop_lease(connection, evaluation_id, rating.item, rating.rater)


def load_leases(connection: Connection, evaluation_id: str) -> list[Lease]:
    """What people have before them, and had."""
    query = select(leases).where(leases.c.evaluation == evaluation_id)
    return [Lease(row["item"], row["rater"], row["until_us"]) for row in connection.execute(query).mappings()]


def save_lease(connection: Connection, evaluation_id: str, lease: Lease) -> None:
    """Put an item before somebody, or leave it there for longer."""
    drop_lease(connection, evaluation_id, lease.item, lease.rater)
    connection.execute(
        insert(leases).values(evaluation=evaluation_id, item=lease.item, rater=lease.rater, until_us=lease.until_us)
    )


def drop_lease(connection: Connection, evaluation_id: str, item_id: str, rater: str) -> None:
    """Nobody has it before them any more."""
    connection.execute(
        delete(leases).where(leases.c.evaluation == evaluation_id, leases.c.item == item_id, leases.c.rater == rater)
    )


def _counts(progress: Progress) -> dict[str, int]:
    return {
        "drawn": progress.drawn,
        "rated": progress.rated,
        "skipped": progress.skipped,
        "lost": progress.lost,
        "ratings_left": progress.left,
    }


def _evaluation(row: RowMapping) -> Evaluation:
    document: dict[str, Any] = json.loads(row["document"])
    questions = tuple(
        Question(each["name"], each["text"], Scale(each["scale"]), each["good_from"])
        for each in document.pop("questions")
    )
    strata = tuple(Stratum(**each) for each in document.pop("strata"))
    return Evaluation(**{name: row[name] for name in _COLUMNS}, questions=questions, strata=strata, **document)
