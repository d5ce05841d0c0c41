"""How many queries a golden set has, so that a list of sets reads none of them."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_KEY = ("environment", "service", "name", "version")


def upgrade() -> None:
    """Add the column, and count the queries of the sets there are."""
    op.add_column("golden_sets", sa.Column("size", sa.BigInteger, nullable=False, server_default="0"))
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in (*_KEY, "queries", "size")]
    table = sa.table("golden_sets", *columns)
    connection = op.get_bind()
    keys = connection.execute(sa.select(*(table.c[name] for name in _KEY))).all()
    for key in keys:  # one at a time: a set may be of some megabytes
        where = sa.and_(*(table.c[name] == value for name, value in zip(_KEY, key, strict=True)))
        held = connection.execute(sa.select(table.c.queries).where(where)).scalar_one()
        connection.execute(sa.update(table).where(where).values(size=len(json.loads(held))))
