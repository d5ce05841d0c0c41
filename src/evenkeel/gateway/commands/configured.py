"""The gateway as it is configured, in the words that its workers read (`store.tables`)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from evenkeel.gateway.cache.model import CachePolicy, Purge
from evenkeel.gateway.cache.table import caches_document, parse_purges, purges_document
from evenkeel.gateway.commands.model import Effective, Own, PurgeCache
from evenkeel.gateway.guard.model import GuardAction, GuardPolicy, Side
from evenkeel.gateway.guard.table import guards_document
from evenkeel.gateway.holds.model import HoldPolicy
from evenkeel.gateway.holds.table import holds_document
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.limits.sharing import StorePolicy, store_document
from evenkeel.gateway.limits.table import EVERYONE, LimitTable, limits_document
from evenkeel.gateway.routes.model import (
    Balance,
    Dialect,
    ModelRule,
    Route,
    RouteTable,
    Shadow,
    Sticky,
    Timeouts,
    Upstream,
    Version,
)
from evenkeel.gateway.routes.table import routes_document
from evenkeel.org.config.gateway import (
    CacheConfig,
    GatewayRouteConfig,
    GuardConfig,
    HoldConfig,
    ModelRuleConfig,
    UpstreamConfig,
    minutes_of,
)
from evenkeel.org.config.gateway_limits import LimitConfig, StoreConfig
from evenkeel.org.config.model import Config
from evenkeel.store.lines import publish_lines

#: A user as pages and `evenkeel gateway limits` show it; it may stand in a limit as well.
_PSEUDONYM: Final = re.compile(r"[0-9a-f]{16}")


def publish_gateway(
    path: Path, config: Config, now_us: int, effective: Effective | None = None, own: Own | None = None
) -> bool:
    """Put a gateway in force, if it is another one than what is published; whether it was. `effective`: with what was
    edited live; without, as configured. `own`: what evenkeel proves its obedience on.

    Its generation is one above the last one, so that nobody takes an older table for a newer one.
    """
    before = _published(path)
    generation = int(before.get("generation", 0))
    purges = {"purges": before.get("purges", [])}  # of no configuration: who publishes next takes them along
    if before:
        same = gateway_document(config, generation, int(before["at_us"]), effective, own) | purges
        if json.loads(json.dumps(same)) == before:
            return False
    publish_lines(path, gateway_document(config, generation + 1, now_us, effective, own) | purges)
    return True


def publish_purge(path: Path, asked: PurgeCache, now_us: int) -> bool:
    """Let every worker of a published table purge its cache; False where none is published, so that nobody has one.

    Purges stand in the table only: a worker that has done one forgets it, and a table that was lost purges all.
    """
    before = _published(path)
    if not before:
        return False
    purges = list(_purges(before, now_us))
    seq = purges[-1].seq if purges else 0
    for number, user in enumerate(asked.users or (None,), start=1):
        purges.append(Purge(seq + number, asked.environment, asked.service, asked.version, user))
    stands = {"generation": int(before.get("generation", 0)) + 1, "at_us": now_us}
    publish_lines(path, {**before, **stands, **purges_document(purges)})
    return True


def configured_gateway(config: Config, pseudonym_of: Callable[[str], int] | None = None) -> Effective:
    """Routes and limits as they are configured; a user that is named there is called as workers call it."""
    routes = [route_of(name, each) for name, each in config.gateway.routes.items()]
    limits = {name: limit_of(name, each) for name, each in config.gateway.limits.items()}
    if pseudonym_of is not None:
        for name, limit in limits.items():
            if limit.holder is Holder.USER and limit.name != EVERYONE and not _PSEUDONYM.fullmatch(limit.name):
                limits[name] = replace(limit, name=f"{pseudonym_of(limit.name):016x}")
    return Effective({route.name: route for route in routes}, limits)


def gateway_document(
    config: Config, generation: int, at_us: int, effective: Effective | None = None, own: Own | None = None
) -> dict[str, Any]:
    """Everything that workers go by, but the keys."""
    in_force = configured_gateway(config) if effective is None else effective
    upstreams = {name: upstream_of(name, each) for name, each in config.upstreams.items()}
    of_ours = own or Own()
    routes = {**in_force.routes, **of_ours.effective.routes}
    table = RouteTable(generation, at_us, routes, {**upstreams, **of_ours.upstreams})
    limits = LimitTable(tuple(in_force.limits.values()), config.org.timezone)
    configured = config.gateway.routes
    guards = {_name(name, each): guard_of(each.guard) for name, each in configured.items() if each.guard is not None}
    caches = {_name(name, each): cache_of(each.cache) for name, each in configured.items() if each.cache is not None}
    holds = {_name(name, each): hold_of(each.guard.hold) for name, each in configured.items() if each.guard is not None}
    store = config.gateway.cache_store
    rest = guards_document(guards) | caches_document(caches, "" if store is None else store.url) | holds_document(holds)
    rest |= store_document(store_of(config.gateway.store))
    return limits_document(limits) | rest | routes_document(table)


def upstream_of(name: str, given: UpstreamConfig) -> Upstream:
    """An upstream as workers know it."""
    waits = given.timeouts
    timeouts = Timeouts(waits.connect, waits.first_byte, waits.idle, waits.total)
    return Upstream(name, given.url, Dialect(given.dialect), given.provider, given.key, given.model, timeouts)


def route_of(name: str, given: GatewayRouteConfig) -> Route:
    """A route as workers know it; it is of the service that it names, or is named after."""
    versions = tuple(Version(version, each.weight, each.upstreams) for version, each in given.versions.items())
    route = Route(given.environment, given.service or name, versions, Sticky(given.sticky), Balance(given.balance))
    return replace(
        route,
        shadow=None if given.shadow is None else Shadow(given.shadow.version, given.shadow.share),
        fallback=given.fallback,
        retries_max=given.retries,
        testers=frozenset(given.testers),
        models=tuple(_rule(rule) for rule in given.models),
    )


def limit_of(name: str, given: LimitConfig) -> Limit:
    """A limit as workers know it."""
    return Limit(
        name,
        Holder(given.holder),
        given.name,
        Measure(given.measure),
        Period(given.period),
        given.units(),
        given.currency,
    )


def guard_of(given: GuardConfig) -> GuardPolicy:
    """A guard's policy as workers know it."""
    return GuardPolicy(
        profile=given.profile,
        actions=tuple((what, GuardAction(action)) for what, action in given.actions.items()),
        deny_topics=given.deny_topics,
        input_chars_max=given.input_chars_max,
        output_chars_max=given.output_chars_max,
        sides=frozenset(Side(side) for side in given.sides),
        is_fail_open=given.fail_open,
        hold_back_chars=given.hold_back_chars,
    )


def store_of(given: StoreConfig | None) -> StorePolicy | None:
    """Where accounts are kept, as workers know it."""
    return None if given is None else StorePolicy(given.url, given.when_lost == "open")


def hold_of(given: HoldConfig) -> HoldPolicy:
    """How long holds wait, as workers know it."""
    return HoldPolicy(float(given.wait or 0), float(given.expires))


def cache_of(given: CacheConfig) -> CachePolicy:
    """A cache's policy as workers know it."""
    return CachePolicy(
        ttl_s=float(given.ttl),
        is_per_user=given.per_user,
        keeps_sampled=given.sampled,
        keeps_tools=given.tools,
        answer_bytes_max=given.answer_bytes_max,
        asked_again_share=given.asked_again,
        is_shared=given.shared,
    )


def _name(name: str, given: GatewayRouteConfig) -> str:
    return f"{given.environment}/{given.service or name}"


def _rule(given: ModelRuleConfig) -> ModelRule:
    return ModelRule(
        name=given.name,
        model=given.model,
        characters_max=given.characters_max,
        has_tools=given.has_tools,
        languages=None if given.languages is None else frozenset(given.languages),
        tags=None if given.tags is None else frozenset(given.tags),
        minutes=None if given.hours is None else minutes_of(given.hours),
        budget_left_max_ratio=given.budget_left_max,
    )


def _purges(published: Mapping[str, Any], now_us: int) -> tuple[Purge, ...]:
    try:
        return parse_purges(published)
    except (TypeError, ValueError):
        return (Purge(now_us),)  # nobody knows what they were: everything goes, by a number that none had before


def _published(path: Path) -> Mapping[str, Any]:
    """What is published; nothing where that cannot be read."""
    try:
        document: Any = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) and "at_us" in document else {}
