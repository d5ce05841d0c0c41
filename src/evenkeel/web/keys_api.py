"""Keys over the API: made, listed, changed, given another secret, revoked (SPEC SEC-2, GW-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from evenkeel.kernel.errors import UnreadableError
from evenkeel.kernel.time import Window, isoformat
from evenkeel.org.access.keys import GRACE_S_MAX, NewKey
from evenkeel.org.access.model import MANAGE_KEYS, SOON_US, ApiKey, Scope
from evenkeel.store.telemetry.port import Telemetry
from evenkeel.web.asking import Asking, At
from evenkeel.web.keys_rows import Uses, is_counted

router = APIRouter()


class AskedKey(BaseModel):
    """A key to be made."""

    name: str = Field(min_length=1, max_length=100)
    scope: Scope = Scope.INTAKE
    environments: list[str] | None = None
    services: list[str] | None = None
    expires_at_us: int | None = None
    team: Annotated[str, Field(max_length=200, description="Scope gateway: whose limits and records it counts in.")] = (
        ""
    )
    models: Annotated[
        list[str] | None, Field(max_length=100, description="Scope gateway: that may be asked for; null: any.")
    ] = None


class AskedSecret(BaseModel):
    """How long the secret that is replaced goes on, and why it is."""

    grace_s: Annotated[int, Field(ge=0, le=GRACE_S_MAX, description="0: it is dead at once.")] = 0
    reason: str = Field(default="", max_length=500, description="Kept in the audit trail.")


class AskedChange(BaseModel):
    """What is to be another than it is. What is left out stays; null takes a bound away."""

    name: Annotated[str, Field(min_length=1, max_length=100)] = ""
    environments: list[str] | None = None
    services: list[str] | None = None
    expires_at_us: Annotated[int | None, Field(description="null: it does not expire.")] = None
    team: Annotated[str, Field(max_length=200)] = ""
    models: Annotated[list[str] | None, Field(max_length=100)] = None
    reason: Annotated[str, Field(max_length=500, description="Kept in the audit trail.")] = ""


_LISTS: Final = ("environments", "services", "models")
MaybeSecret = Annotated[AskedSecret, Body(default_factory=AskedSecret)]


@router.get("/keys", summary="Every key, without secrets, with its state and its last use")
def list_keys(site: At, asker: Asking) -> dict[str, Any]:
    """Newest first. Only the gateway writes down which key a request came with: null is not known."""
    asker.require(MANAGE_KEYS)
    now_us = site.given.clock.now_us()
    uses = recent_uses(site.given.telemetry, now_us)
    return {"keys": [used_document(key, uses, now_us) for key in site.given.keys.list()]}


@router.post("/keys", status_code=201, summary="Make a key; its secret is in this answer only")
def create_key(asked: AskedKey, site: At, asker: Asking) -> dict[str, Any]:
    """A key with its secret."""
    asker.require(MANAGE_KEYS)
    wanted = NewKey(
        name=asked.name,
        scope=asked.scope,
        environments=_names(asked.environments),
        services=_names(asked.services),
        expires_at_us=asked.expires_at_us,
        team=asked.team.strip(),
        models=_names(asked.models),
    )
    key, secret = site.given.keys.create(wanted, actor=asker.name)
    return key_document(key) | {"secret": secret}


@router.get("/keys/{key_id}", summary="A key, without its secret")
def show_key(key_id: str, site: At, asker: Asking) -> dict[str, Any]:
    """Also one that is revoked."""
    asker.require(MANAGE_KEYS)
    now_us, key = site.given.clock.now_us(), site.given.keys.get(key_id)
    return used_document(key, recent_uses(site.given.telemetry, now_us), now_us)


@router.patch("/keys/{key_id}", summary="Change where a key may be used, its team, its models or its end")
def change_key(key_id: str, asked: AskedChange, site: At, asker: Asking) -> dict[str, Any]:
    """Its secret stays; the doors go by the change within a second."""
    asker.require(MANAGE_KEYS)
    wanted = change_of(asked.model_dump(include=asked.model_fields_set))
    edited = site.given.keys.change(key_id, lambda key: replace(key, **wanted), actor=asker.name, reason=asked.reason)
    return key_document(edited)


@router.delete("/keys/{key_id}", status_code=204, summary="Revoke a key")
def revoke_key(key_id: str, site: At, asker: Asking, reason: str = "") -> None:
    """Make it useless from now on."""
    asker.require(MANAGE_KEYS)
    site.given.keys.revoke(key_id, actor=asker.name, reason=reason)


@router.post("/keys/{key_id}/rotate", status_code=201, summary="Replace the secret of a key; the old one is dead")
def rotate_key(key_id: str, site: At, asker: Asking, asked: MaybeSecret) -> dict[str, Any]:
    """At once or after a grace. The key stays the same: its scope, and its limits with what was used of them."""
    asker.require(MANAGE_KEYS)
    key, secret = site.given.keys.rotate(key_id, actor=asker.name, grace_s=asked.grace_s, reason=asked.reason)
    return key_document(key) | {"secret": secret}


def key_document(key: ApiKey) -> dict[str, Any]:
    """A key without its secrets."""
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope.value,
        "environments": key.environments,
        "services": key.services,
        "team": key.team,
        "models": key.models,
        "created_by": key.created_by,
        "created_at": isoformat(key.created_at_us),
        "expires_at": _moment(key.expires_at_us),
        "rotated_at": _moment(key.rotated_at_us),
        "previous_until": _moment(key.previous_until_us),
        "revoked_at": _moment(key.revoked_at_us),
    }


def recent_uses(telemetry: Telemetry, now_us: int) -> Uses:
    """By id, what came to the gateway with each key in the last seven days; None while the store cannot be read."""
    try:
        return {use.key: use for use in telemetry.key_uses(Window(now_us - SOON_US, now_us + 1))}
    except UnreadableError:
        return None


def used_document(key: ApiKey, uses: Uses, now_us: int) -> dict[str, Any]:
    """A key and its use; null: not known, or not within the days that are looked at."""
    is_known, use = is_counted(key, uses), (uses or {}).get(key.id)
    return key_document(key) | {
        "state": key.state(now_us).value,
        "use_is_known": is_known,
        "last_used_at": None if use is None else isoformat(use.last_at),
        "requests_7d": use.requests if use else 0 if is_known else None,
    }


def change_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """What of a key is to be another, out of what was said about it."""
    return {
        name: _names(value) if name in _LISTS else value.strip() if name == "team" else value
        for name, value in said.items()
        if name != "reason"
    }


def _moment(at_us: int | None) -> str | None:
    return None if at_us is None else isoformat(at_us)


def _names(given: list[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(given)
