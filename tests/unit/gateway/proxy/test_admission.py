"""Who may ask for what."""

from __future__ import annotations

import hashlib

import pytest

from evenkeel.gateway.keys.model import KeyTable, VirtualKey
from evenkeel.gateway.proxy.admission import Admitted, Refused, admit, check, identify, killed
from evenkeel.gateway.proxy.asking import Ask
from evenkeel.gateway.proxy.operations import Operation
from evenkeel.gateway.routes.model import Dialect, Kill, Route, RouteTable, Version

CHAT = Operation("chat", Dialect.OPENAI, "POST", "/v1/chat/completions")
BOT = Route("production", "bot", (Version("1", 1.0, ("u",)), Version("2", 0.0, ("u",))), testers=frozenset(("t",)))
TABLE = RouteTable(1, 0, {"production/bot": BOT, "production/other": Route("production", "other", ())}, {})


def refused(key: VirtualKey, *, path: str = "", header: bytes = b"") -> tuple[int, str, str]:
    with pytest.raises(Refused) as caught:
        admit(key, Operation("chat", Dialect.OPENAI, "POST", "/", path), {b"x-evenkeel-service": header}, TABLE)
    refusal = caught.value.refusal
    return refusal.status, refusal.code, refusal.message


def test_a_service_is_named_by_path_then_header_then_key() -> None:
    key = VirtualKey("k", "n", service="other")
    by_path = Operation("chat", Dialect.OPENAI, "POST", "/", "bot")
    assert admit(key, by_path, {b"x-evenkeel-service": b"other"}, TABLE).service == "bot"
    assert admit(key, CHAT, {b"x-evenkeel-service": b"bot"}, TABLE).route is BOT
    assert admit(key, CHAT, {}, TABLE).service == "other"


def test_what_is_missing_is_said_with_what_there_is() -> None:
    status, code, message = refused(VirtualKey("k", "n"))
    assert (status, code) == (400, "no_service")
    assert "bot, other" in message
    status, code, message = refused(VirtualKey("k", "n"), path="bott")
    assert (status, code) == (404, "no_route")
    assert "'bott'" in message
    assert refused(VirtualKey("k", "n", environment="staging"), path="bot")[0] == 404


def test_a_key_is_told_of_no_service_that_it_may_not_use() -> None:
    status, code, _ = refused(VirtualKey("k", "n", services=frozenset(("bot",))), header=b"other")
    assert (status, code) == (403, "service_not_allowed")
    assert "other" not in refused(VirtualKey("k", "n", services=frozenset(("bot",))))[2]


def test_a_key_that_is_not_known_is_refused_without_its_secret() -> None:
    with pytest.raises(Refused) as caught:
        identify({b"authorization": b"Bearer ek_secret"}, KeyTable(), 0)
    assert caught.value.refusal.status == 401
    assert "ek_secret" not in caught.value.refusal.message
    known = KeyTable(1, {hashlib.sha256(b"ek_secret").hexdigest(): VirtualKey("k", "n")})
    assert identify({b"authorization": b"Bearer ek_secret"}, known, 0).id == "k"


@pytest.mark.parametrize(
    ("key", "model", "version", "code"),
    [
        (VirtualKey("k", "n", models=frozenset(("small",))), "large", "", "model_not_allowed"),
        (VirtualKey("k", "n"), "m", "2", "not_a_tester"),
        (VirtualKey("t", "n"), "m", "3", "no_version"),
    ],
)
def test_models_and_versions_that_may_not_be_chosen(key: VirtualKey, model: str, version: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        check(Admitted(key, "bot", BOT), Ask(CHAT, b"", model=model, version=version))
    assert caught.value.refusal.code == code


def test_a_model_that_may_not_be_asked_for_is_named_with_those_that_may() -> None:
    with pytest.raises(Refused) as caught:
        key = VirtualKey("k", "bot", models=frozenset(("small", "tiny")))
        check(Admitted(key, "bot", BOT), Ask(CHAT, b"", model="large"))
    refusal = caught.value.refusal
    assert refusal.status == 403
    assert "'large'" in refusal.message and "Allowed: small, tiny." in refusal.message


def test_models_and_versions_that_may() -> None:
    check(Admitted(VirtualKey("t", "n", models=frozenset(("m",))), "bot", BOT), Ask(CHAT, b"", model="m", version="2"))


def test_a_killed_service_says_so_and_why() -> None:
    assert killed(BOT) is None
    refusal = killed(Route("production", "bot", (), kill=Kill("leaks names", "ada", 0)))
    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.is_worth_retrying) == (503, "kill_switch", False)
    assert "leaks names" in refusal.message
