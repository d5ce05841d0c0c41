"""Limits of the gateway over the API: what is used of each, how much they allow, what is taken back (SPEC GW-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from evenkeel.gateway.commands.accounts import StoreLoss
from evenkeel.gateway.commands.model import SetLimit
from evenkeel.gateway.commands.rules import find_limit
from evenkeel.gateway.limits.looking import Use, Uses
from evenkeel.gateway.limits.model import Holder, Limit, Measure
from evenkeel.gateway.limits.periods import NEVER_US
from evenkeel.gateway.limits.table import EVERYONE
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.kernel.time import isoformat
from evenkeel.org.access.model import RULE_GATEWAY
from evenkeel.org.config.gateway_limits import whole_units
from evenkeel.web.asking import Asking, At
from evenkeel.web.gateway_api import limit_document, perform

router = APIRouter()

#: What is null where it is not known.
_FIGURES: Final = ("used", "reserved", "left", "unsettled", "overrun", "used_ratio", "taken_ratio")

Amount = Annotated[str, Field(description="Requests, tokens, or money of its currency.", examples=["12.50"])]


class AskedUses(BaseModel):
    """Which accounts are shown."""

    limit: Annotated[str, Field(max_length=200, description="Only of this limit.")] = ""
    holder: Annotated[str, Field(max_length=200, description="Only of this key (id), user, team or service.")] = ""
    count: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[int, Field(ge=0, description="`next_cursor` of the page before.")] = 0


class AskedAmount(BaseModel):
    """How much a limit allows."""

    amount: Amount
    reason: Annotated[str, Field(max_length=500, description="Kept in the history and the audit trail.")] = ""


class AskedReconciling(BaseModel):
    """What is taken back of what was charged for workers that died."""

    holder: Annotated[str, Field(min_length=1, max_length=200, description="Whose account: a key by its id.")]
    amount: Amount
    reason: Annotated[str, Field(min_length=1, max_length=500, description="How it is known; kept in the audit trail.")]


class AskedAccepting(BaseModel):
    """Why a loss is accepted."""

    reason: Annotated[str, Field(min_length=1, max_length=500, description="Kept in the audit trail.")]


@router.get("/gateway/limits", summary="What is used of limits, the largest share first")
def list_limit_uses(site: At, _: Asking, asked: Annotated[AskedUses, Query()]) -> dict[str, Any]:
    """What is not known comes before all, with null; it is not 0."""
    if asked.limit:
        find_limit(site.given.gateway.effective, asked.limit)
    found = site.given.limit_accounts.uses()
    wanted = [use for use in found.uses if _is_of(use, asked.limit, asked.holder)]
    after = asked.cursor + asked.count
    page = Uses(tuple(wanted[asked.cursor : after]))
    return {
        "unknown_because": found.unknown_because,
        "limits": uses_documents(page, site.given.limit_accounts.key_names()),
        "total": len(wanted),
        "next_cursor": after if after < len(wanted) else None,
    }


@router.get("/gateway/store", summary="The store in which machines keep their limits together")
def show_store(site: At, _: Asking) -> dict[str, Any]:
    """null: each machine keeps its own."""
    return {"store": _store_document(site.given.limit_accounts.loss())}


@router.post("/gateway/store/accept-loss", summary="Count on, though the store of limits has lost something")
def accept_loss(asked: AskedAccepting, site: At, asker: Asking) -> dict[str, Any]:
    """What was used of periods that had begun, and is lost, can be used again, once."""
    asker.require(RULE_GATEWAY)
    return {"store": _store_document(site.given.limit_accounts.accept_loss(actor=asker.name, reason=asked.reason))}


@router.post("/gateway/limits/{limit_id}", summary="Change how much a limit allows; what was used stays used")
def set_gateway_limit(limit_id: str, asked: AskedAmount, site: At, asker: Asking) -> dict[str, Any]:
    """In force within a second."""
    asker.require(RULE_GATEWAY)
    limit = find_limit(site.given.gateway.effective, limit_id)
    return perform(site, asker, SetLimit(limit_id, read_units(asked.amount, limit), asked.reason))


@router.post("/gateway/limits/{limit_id}/reconcile", summary="Take back what was charged for workers that died")
def reconcile_gateway_limit(limit_id: str, asked: AskedReconciling, site: At, asker: Asking) -> dict[str, Any]:
    """What a killed worker had reserved is charged in full, until somebody who knows better says so."""
    asker.require(RULE_GATEWAY)
    amount = read_units(asked.amount, find_limit(site.given.gateway.effective, limit_id))
    accounts = site.given.limit_accounts
    done = accounts.reconcile(limit_id, asked.holder, amount, actor=asker.name, reason=asked.reason)
    (stands,) = uses_documents(Uses((Use(done.account, done.state),)), accounts.key_names())
    return {"taken_back": shown_amount(done.taken, done.account.limit), "limit": stands}


def _store_document(found: StoreLoss | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "address": found.address,
        "when_lost": "open" if found.lets_pass else "closed",
        "lost_at": isoformat(found.lost_at_us) if found.lost_at_us else None,
        "trouble": found.trouble,
    }


def uses_documents(found: Uses, key_names: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    """Accounts as they stand; money in its currency."""
    return [_use_document(use, key_names) for use in found.uses]


def shown_amount(amount: int, limit: Limit) -> float | int:
    """An amount as people count it."""
    return amount / NANO_PER_UNIT if limit.measure is Measure.MONEY else amount


def _use_document(use: Use, key_names: Mapping[str, str]) -> dict[str, Any]:
    account, limit, state = use.account, use.account.limit, use.state
    nobody = account.holder == EVERYONE
    is_key = limit.holder is Holder.KEY and not nobody
    stands: dict[str, Any] = dict.fromkeys(_FIGURES)
    if state is not None:
        amounts = {
            "used": state.charged,
            "reserved": state.leased,
            "left": max(0, limit.amount - state.charged - state.leased),
            "unsettled": state.unsettled,
            "overrun": state.overrun,
        }
        stands = {name: shown_amount(amount, limit) for name, amount in amounts.items()}
        stands |= {"used_ratio": state.charged / max(1, limit.amount), "taken_ratio": use.taken_ratio}
    return {
        **limit_document(limit),
        "of": None if nobody else account.holder,  # null: nobody used it so far
        "of_name": key_names.get(account.holder, "") if is_key else None if nobody else account.holder,
        **stands,
        "from": isoformat(account.from_us),
        "until": None if account.until_us >= NEVER_US else isoformat(account.until_us),
    }


def _is_of(use: Use, limit: str, holder: str) -> bool:
    return (not limit or use.account.limit.id == limit) and (not holder or use.account.holder == holder)


def read_units(amount: str, limit: Limit) -> int:
    """An amount as people write it, in whole units. Raises InvalidInputError."""
    try:
        return whole_units(amount, limit.measure.value)
    except ValueError as error:
        raise InvalidInputError(f"{error}.") from None
