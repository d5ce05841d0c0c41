"""The site of the control process: every page and the API, standing on the parts that are at work."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from evenkeel.app.backup import back_up
from evenkeel.app.doctor import examine
from evenkeel.app.expiring import ExpiringKeys
from evenkeel.app.gateway_standing import read_numbers, read_standing
from evenkeel.app.health import HealthSources, is_ready, report_health
from evenkeel.app.privacy import rotate_pseudonym_key
from evenkeel.app.secrets import own_secrets
from evenkeel.gateway.commands.accounts import AccountsDependencies, LimitAccounts
from evenkeel.gateway.commands.configured import store_of
from evenkeel.gateway.limits.shared_link import SharedSettings
from evenkeel.gateway.limits.sharing import settings_of
from evenkeel.judge.slo.overrides import Overrides
from evenkeel.observe.privacy.pseudonyms import open_pseudonyms
from evenkeel.observe.probes.configured import configured_probes
from evenkeel.org.catalog.catalog import find_fairness
from evenkeel.web.frame import SiteDependencies
from evenkeel.web.site import create_site

if TYPE_CHECKING:
    from evenkeel.app.control import Control  # which makes the parts


def create_control_site(control: Control) -> Starlette:
    """The ASGI application of a control process."""
    stores = control.stores
    sources = HealthSources(
        stores,
        control.folding,
        control.judging,
        control.engine,
        control.configuration,
        control.pulling.checks,
        control.notifying.checks,
        control.drill.state,
        ExpiringKeys(stores.keys, stores.telemetry, stores.clock).checks,
        control.reviews,
    )
    return create_site(
        SiteDependencies(
            telemetry=stores.telemetry,
            engine=control.engine,
            drift=control.drift,
            drift_references=control.drift_references,
            alerts=control.alerts,
            notifications=control.notifying.notifications,
            metered=control.notifying.meter.read,
            records=stores.records,
            keys=stores.keys,
            sign_in=control.sign_in,
            clock=stores.clock,
            live=control.live,
            health=lambda: report_health(sources),
            is_ready=lambda: is_ready(sources),
            own_token=control.token,
            timezone=lambda: control.configuration.current.org.timezone,
            intake_port=stores.home.intake_port,
            probes=lambda: configured_probes(control.configuration.current),
            fairness=lambda key: find_fairness(key, control.configuration.current),
            slos=control.reader,
            calendar=control.calendar,
            reviews=control.reviews,
            evaluations=control.evaluations,
            judges=control.judges,
            golden=control.golden,
            audits=control.audits,
            gateway=control.gateway,
            limit_accounts=_limit_accounts(control),
            gateway_standing=lambda: read_standing(stores.home),
            gateway_numbers=lambda: read_numbers(stores.home),
            drill=control.drill,
            overrides=Overrides(stores.records, stores.clock, stores.ids),
            gate_allows_unknown=lambda: control.configuration.current.gate.when_unknown == "allow",
            examine=lambda: examine(stores, control.configuration.current.retention.events),
            back_up=lambda path: asdict(back_up(stores, Path(path), control.folding.still)),
            pseudonyms_of=lambda user: open_pseudonyms(stores.home.secrets, stores.clock.now_us()).all_of(user),
            erase=lambda user, actor, reason: asdict(control.erase(user, actor=actor, reason=reason)),
            rotate_pseudonym_key=lambda actor, reason: rotate_pseudonym_key(stores, actor=actor, reason=reason),
        )
    )


def _limit_accounts(control: Control) -> LimitAccounts:
    """What is used of the gateway's limits."""
    stores = control.stores
    return LimitAccounts(
        AccountsDependencies(
            folder=stores.home.limits,
            gateway=control.gateway,
            keys=stores.keys,
            records=stores.records,
            clock=stores.clock,
            timezone=lambda: control.configuration.current.org.timezone,
            ids=stores.ids,
            store=lambda: _limit_store(control),
        )
    )


def _limit_store(control: Control) -> SharedSettings | None:
    policy = store_of(control.configuration.current.gateway.store)
    return None if policy is None else settings_of(policy, own_secrets().read)
