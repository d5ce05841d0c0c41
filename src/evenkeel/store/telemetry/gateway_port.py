"""The part of the telemetry port that is about the gateway's own records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from evenkeel.kernel.time import Window
from evenkeel.store.telemetry import series

if TYPE_CHECKING:
    from evenkeel.store.telemetry.port import ServiceKey  # which takes this part over


class GatewayRecords(Protocol):
    """What went through the gateway, by service and version."""

    def gateway_traffic(self, window: Window, key: ServiceKey | None = None) -> Sequence[series.GatewayTraffic]:
        """What went through the gateway, of all services or one: a row per version that was asked."""
        ...

    def gateway_minutes(self, window: Window, key: ServiceKey | None = None) -> Sequence[series.GatewayMinute]:
        """Attempts that counted: a row per version that was asked and minute."""
        ...

    def cache_use(self, window: Window, key: ServiceKey | None = None) -> Sequence[series.CacheUse]:
        """What the gateway's cache did: a row per service that was asked."""
        ...

    def guard_findings(self, window: Window, key: ServiceKey | None = None) -> Sequence[series.GuardFinding]:
        """What the gateway's guard found, a row per service, entity, side and action, most first."""
        ...

    def guard_coverage(self, window: Window, key: ServiceKey | None = None) -> Sequence[series.GuardCoverage]:
        """What of the gateway's requests its guard looked at, a row per service."""
        ...

    def key_uses(self, window: Window) -> Sequence[series.KeyUse]:
        """Which keys requests came to the gateway with, the last used first."""
        ...

    def model_rules(self, window: Window, key: ServiceKey | None = None) -> Sequence[series.ModelRuleUse]:
        """Which requests of the gateway its rules sent to another model, a row per service and rule."""
        ...
