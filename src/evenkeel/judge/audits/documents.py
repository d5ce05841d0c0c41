"""An audit as plain values: the same for page, API and command line, and what is kept when it is signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from evenkeel.judge.audits.checks import open_items
from evenkeel.judge.audits.model import Check, Item, Standing
from evenkeel.judge.audits.records import Signed
from evenkeel.judge.objectives.model import JudgedService
from evenkeel.kernel.time import isoformat


def audit_document(
    service: JudgedService, standing: Standing, checks: tuple[Check, ...], versions: Sequence[str], timezone: str
) -> dict[str, Any]:
    """What is looked at and signed. It holds no moment of its making: as long as nothing changes, it is the same."""
    return {
        "environment": service.key.environment,
        "service": service.key.service,
        "kind": service.kind,
        "owner": service.labels.get("owner", ""),
        "month": str(standing.month),
        "from": isoformat(standing.window.start_us),
        "to": isoformat(standing.window.end_us),
        "timezone": timezone,
        "versions": list(versions),
        "checks": [_check_document(check) for check in checks],
        "open": list(open_items(checks)),
    }


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document, whatever the order of its keys.

    >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    True
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def standing_document(standing: Standing, signed: Signed | None) -> dict[str, Any]:
    """How a month stands."""
    return {
        "month": str(standing.month),
        "state": standing.state.value,
        "says": standing.says,
        "may_be_signed": standing.may_be_signed,
        "due_by": isoformat(standing.until_us),
        "signature": None if signed is None else signature_document(signed),
    }


def signature_document(signed: Signed) -> dict[str, Any]:
    """Who signed, and what they came to. `intact`: it is the document, and the signature, that the trail tells of."""
    return {
        "by": signed.signed_by,
        "at": isoformat(signed.signed_at_us),
        "conclusion": signed.conclusion,
        "comment": signed.comment,
        "acknowledged": list(signed.acknowledged),
        "digest": signed.digest,
        "intact": signed.is_in_trail and digest_of(signed.document) == signed.digest,
    }


def _check_document(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "title": check.title,
        "status": check.status.value,
        "says": check.worst.says,
        "items": [_item_document(item) for item in check.items],
    }


def _item_document(item: Item) -> dict[str, Any]:
    return {
        "name": item.name,
        "title": item.title,
        "status": item.status.value,
        "says": item.says,
        "value": item.value,
        "low": item.low,
        "high": item.high,
        "unit": item.unit,
        "n": item.n,
        "counts": item.counts,
        "target": item.target,
        "evidence": item.evidence,
        "todo": item.todo,
    }
