"""The part of the DuckDB adapter that is about the gateway's own records."""

from __future__ import annotations

from collections.abc import Sequence

from evenkeel.kernel.time import Window
from evenkeel.store.telemetry import gateway_queries, rule_queries
from evenkeel.store.telemetry.duckdb_reader import DuckReader
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.series import (
    CacheUse,
    GatewayMinute,
    GatewayTraffic,
    GuardCoverage,
    GuardFinding,
    KeyUse,
    ModelRuleUse,
)


class DuckGateway(DuckReader):
    """`gateway_port.GatewayRecords`."""

    def model_rules(self, window: Window, key: ServiceKey | None = None) -> Sequence[ModelRuleUse]:
        """Which requests of the gateway its rules sent to another model, a row per service and rule."""
        with self._reading() as con:
            return rule_queries.model_rules(con, window, key)

    def gateway_traffic(self, window: Window, key: ServiceKey | None = None) -> Sequence[GatewayTraffic]:
        """What went through the gateway, of all services or one: a row per version that was asked."""
        with self._reading() as con:
            return gateway_queries.gateway_traffic(con, window, key)

    def gateway_minutes(self, window: Window, key: ServiceKey | None = None) -> Sequence[GatewayMinute]:
        """Attempts that counted: a row per version that was asked and minute."""
        with self._reading() as con:
            return gateway_queries.gateway_minutes(con, window, key)

    def cache_use(self, window: Window, key: ServiceKey | None = None) -> Sequence[CacheUse]:
        """What the gateway's cache did: a row per service that was asked."""
        with self._reading() as con:
            return gateway_queries.cache_use(con, window, key)

    def guard_findings(self, window: Window, key: ServiceKey | None = None) -> Sequence[GuardFinding]:
        """What the gateway's guard found, a row per service, entity, side and action, most first."""
        with self._reading() as con:
            return gateway_queries.guard_findings(con, window, key)

    def guard_coverage(self, window: Window, key: ServiceKey | None = None) -> Sequence[GuardCoverage]:
        """What of the gateway's requests its guard looked at, a row per service."""
        with self._reading() as con:
            return gateway_queries.guard_coverage(con, window, key)

    def key_uses(self, window: Window) -> Sequence[KeyUse]:
        """Which keys requests came to the gateway with, the last used first."""
        with self._reading() as con:
            return gateway_queries.key_uses(con, window)
