"""The tables of audits: documents as they were signed, and since when audits are expected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, RowMapping, String, Table, Text, insert, select

from evenkeel.judge.audits.model import Month
from evenkeel.store.records.engine import metadata
from evenkeel.store.telemetry.port import ServiceKey

model_audits: Final = Table(
    "model_audits",
    metadata,
    Column("environment", String(200), primary_key=True),
    Column("service", String(200), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("document", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("conclusion", String(40), nullable=False),
    Column("comment", Text, nullable=False),
    Column("acknowledged", Text, nullable=False),
    Column("signed_by", String(200), nullable=False),
    Column("signed_at_us", BigInteger, nullable=False),
)
model_audits_since: Final = Table(
    "model_audits_since",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("at_us", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A document as it was signed, by whom, and what they came to."""

    month: Month
    document: Mapping[str, Any]
    digest: str
    conclusion: str
    comment: str
    acknowledged: tuple[str, ...]
    signed_by: str
    signed_at_us: int
    is_in_trail: bool = True  # as the audit trail says; whoever only reads the record does not know better

    @property
    def told(self) -> dict[str, Any]:
        """What the audit trail keeps of it, beside who signed and the comment."""
        return {
            "month": str(self.month),
            "digest": self.digest,
            "conclusion": self.conclusion,
            "acknowledged": list(self.acknowledged),
        }


def load_since(connection: Connection, now_us: int) -> int:
    """Since when audits are kept here: now, the first time that anybody asks."""
    found = connection.execute(select(model_audits_since.c.at_us)).scalar()
    if found is None:
        connection.execute(insert(model_audits_since).values(id=1, at_us=now_us))
    return now_us if found is None else int(found)


def load_signed(connection: Connection, key: ServiceKey) -> dict[Month, Signed]:
    """The signed audits of a service."""
    mine = (model_audits.c.environment == key.environment) & (model_audits.c.service == key.service)
    found = (_read(row) for row in connection.execute(select(model_audits).where(mine)).mappings())
    return {each.month: each for each in found}


def save_signed(connection: Connection, key: ServiceKey, signed: Signed) -> None:
    """Keep one; nothing changes it later."""
    connection.execute(
        insert(model_audits).values(
            environment=key.environment,
            service=key.service,
            month=str(signed.month),
            document=json.dumps(dict(signed.document), sort_keys=True),
            digest=signed.digest,
            conclusion=signed.conclusion,
            comment=signed.comment,
            acknowledged=json.dumps(signed.acknowledged),
            signed_by=signed.signed_by,
            signed_at_us=signed.signed_at_us,
        )
    )


def _read(row: RowMapping) -> Signed:
    return Signed(
        Month.read(row["month"]),
        json.loads(row["document"]),
        row["digest"],
        row["conclusion"],
        row["comment"],
        tuple(json.loads(row["acknowledged"])),
        row["signed_by"],
        row["signed_at_us"],
    )
