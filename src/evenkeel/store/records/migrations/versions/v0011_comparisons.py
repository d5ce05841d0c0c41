"""Evaluations keep how far they are; models judge which of two answers is better."""

from __future__ import annotations

from collections import Counter
from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_COUNTS: Final = ("drawn", "rated", "skipped", "lost", "ratings_left")
#: An answer that so many people skipped is shown to nobody any more.
_SKIPS_MAX: Final = 2
#: What was said and corrected later does not count.
_NEWEST: Final = """
SELECT evaluation, item, CASE WHEN said = '{}' THEN 1 ELSE 0 END AS is_skip FROM (
    SELECT evaluation, item, said,
        row_number() OVER (PARTITION BY evaluation, item, rater ORDER BY at_us DESC, id DESC) AS age
    FROM evaluation_ratings
) AS said WHERE age = 1
"""


def upgrade() -> None:
    """Add columns and tables, and count what there is."""
    with op.batch_alter_table("evaluations") as table:
        for name in _COUNTS:
            table.add_column(sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    _count(op.get_bind())
    op.create_table(
        "judge_comparisons",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("judge", sa.String(60), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("prompt", sa.String(60), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("first", sa.String(300), nullable=False),
        sa.Column("second", sa.String(300), nullable=False),
        sa.Column("pairs", sa.BigInteger, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False, index=True),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("ended_at_us", sa.BigInteger),
        sa.Column("why", sa.String(500), nullable=False),
    )
    op.create_table(
        "judge_pairs",
        sa.Column("comparison", sa.String(32), primary_key=True),
        sa.Column("pair", sa.String(32), primary_key=True),
        sa.Column("judge", sa.String(60), nullable=False),
        sa.Column("judged_at_us", sa.BigInteger, nullable=False, index=True),
        sa.Column("forward", sa.String(20), nullable=False),
        sa.Column("backward", sa.String(20), nullable=False),
        sa.Column("failure", sa.String(60), nullable=False),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.Column("tokens", sa.BigInteger, nullable=False),
    )


def _count(bind: sa.Connection) -> None:
    rated, skipped = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for evaluation, item, is_skip in bind.execute(sa.text(_NEWEST)):
        (skipped if is_skip else rated)[evaluation, item] += 1
    found: dict[str, Counter[str]] = {}
    for evaluation, item, raters, lost in bind.execute(
        sa.text("SELECT evaluation, id, raters, lost FROM evaluation_items")
    ):
        said, passed = rated[evaluation, item], skipped[evaluation, item]
        counts = found.setdefault(evaluation, Counter())
        counts["drawn"] += 1
        counts["rated"] += said > 0
        counts["skipped"] += passed > 0 and said == 0
        counts["lost"] += bool(lost)
        counts["ratings_left"] += 0 if lost or passed >= _SKIPS_MAX else max(0, raters - said)
    for evaluation, counts in found.items():
        values = {name: counts[name] for name in _COUNTS}
        bind.execute(
            sa.text(
                "UPDATE evaluations SET drawn = :drawn, rated = :rated, skipped = :skipped, lost = :lost,"
                " ratings_left = :ratings_left WHERE id = :id"
            ),
            {**values, "id": evaluation},
        )
