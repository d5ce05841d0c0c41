"""Services appear by themselves; an admission rule decides which are judged."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.org.catalog.catalog import catalogue, infer_kind, told_by_sources
from evenkeel.org.config.model import Config
from evenkeel.store.telemetry.port import ServiceKey, ServiceState


def state(environment: str = "production", service: str = "bot", kinds: tuple[str, ...] = ("chat",)) -> ServiceState:
    return ServiceState(ServiceKey(environment, service), 0, 0, 0, None, None, 1, frozenset(kinds))


def test_production_services_that_do_ai_work_are_judged() -> None:
    (service,) = catalogue([state()], Config())
    assert (service.judged, service.why_not, service.kind) == (True, "", "llm")


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (state(environment="staging"), "Only production"),
        (state(kinds=("entry",)), "no AI events"),
        (state(kinds=("heartbeat", "entry")), "no AI events"),
    ],
)
def test_others_are_shown_and_say_why_they_are_not_judged(seen: ServiceState, why: str) -> None:
    (service,) = catalogue([seen], Config())
    assert not service.judged
    assert why in service.why_not


def test_the_configuration_refines_and_admits() -> None:
    config = Config.model_validate(
        {
            "services": {
                "bot": {"kind": "rag", "owner": "ada", "cost_centre": "42"},
                "web": {"environments": ["staging"]},
                "old": {"judged": False},
            }
        }
    )
    bot, web, old = catalogue(
        [state(), state("staging", "web", ("entry",)), state(service="old")],
        config,
    )
    assert (bot.kind, bot.labels) == ("rag", {"owner": "ada", "cost centre": "42"})
    assert web.judged
    assert not old.judged


def probes(**more: object) -> dict[str, object]:
    return {"probes": {"front": {"service": "shop", "every": "30s", "http": {"url": "https://shop.example"}} | more}}


@pytest.mark.parametrize(
    ("given", "key", "judged", "every_s"),
    [
        (probes(), ("production", "shop"), True, 30),
        (probes(environment="staging"), ("staging", "shop"), True, 30),  # it names the environment too
        (probes(environment="staging"), ("production", "shop"), False, None),
        (probes(http=None, tls={"host": "shop.example"}), ("production", "shop"), False, None),
        (probes() | {"services": {"shop": {"judged": False}}}, ("production", "shop"), False, 30),
        (probes(), ("production", "other"), False, None),
    ],
    ids=str,
)
def test_a_service_that_a_probe_names_is_judged_and_expected_as_often(
    given: dict[str, object], key: tuple[str, str], judged: bool, every_s: int | None
) -> None:
    (service,) = catalogue([state(*key, kinds=("probe",))], Config.model_validate(given))
    assert (service.judged, service.probed_every_s) == (judged, every_s)


@pytest.mark.parametrize(
    ("kinds", "kind"), [({"agent", "chat"}, "agent"), ({"embeddings"}, "llm"), ({"entry"}, "other")]
)
def test_a_service_is_what_it_does(kinds: set[str], kind: str) -> None:
    assert infer_kind(frozenset(kinds)) == kind


def told(config: dict[str, Any], *heard: ServiceState) -> list[str]:
    parsed = Config.model_validate({"services": {"shop": config}})
    return [str(service.key) for service in told_by_sources(catalogue(heard, parsed), parsed)]


def test_a_service_that_only_a_source_tells_of_is_known_by_its_configuration() -> None:
    by_source = {"slos": {"checkout": {"target": "99 %", "sli": {"source": {"name": "p", "raw": "up"}}}}}
    assert told(by_source) == ["production/shop"]
    assert told({**by_source, "environments": ["staging", "production"]}) == ["staging/shop", "production/shop"]
    assert told(by_source, state(service="shop")) == []
    assert told(by_source, state(service="shop", environment="staging")) == []
    assert told({**by_source, "environments": ["production"]}, state(service="shop", environment="staging")) == [
        "production/shop"
    ]
    assert told({**by_source, "judged": False}) == []
    assert told({"slos": {"errors": {"target": "99 %", "sli": "errors"}}}) == []
