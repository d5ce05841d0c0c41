"""SLOs as the engine has them."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.judge.objectives.resolve import resolve_service
from evenkeel.judge.slo.model import Slo
from evenkeel.judge.slo.resolve import resolve_slos
from evenkeel.org.catalog.catalog import Service
from evenkeel.org.config.model import OrgConfig, ServiceConfig
from evenkeel.store.telemetry.port import ServiceKey


@pytest.fixture
def resolved() -> Any:
    """(name of the service, its configuration) -> its SLOs."""

    def resolve(name: str, config: dict[str, Any], environment: str = "production") -> list[Slo]:
        read = ServiceConfig.model_validate(config)
        key = ServiceKey(environment, name)
        service = resolve_service(Service(key, "llm", judged=True, why_not="", refined=read))
        return list(resolve_slos(service, read.slos, OrgConfig(timezone="Europe/Berlin")))

    return resolve
