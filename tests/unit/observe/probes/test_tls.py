"""Certificates: trusted or not, and for how many days still; real ones, made here."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_DAY, to_datetime
from evenkeel.observe.probes.model import Probe, Result, Timing, TlsTarget
from evenkeel.observe.probes.run import run_probe
from evenkeel.observe.probes.tls import judge_certificate
from evenkeel.org.config.secrets import Secrets
from evenkeel.store.system import SystemClock

NOW_US = 20_000 * US_PER_DAY


def looked_at(site: Any, ca_file: str = "", days_min: float = 14) -> Result:
    target = TlsTarget("localhost", site.port, days_min, ca_file)
    return asyncio.run(run_probe(Probe("cert", "shop", "production", target, Timing(30, 5)), Secrets(), SystemClock()))


def day(days_from_now: int) -> str:
    return to_datetime(SystemClock().now_us() + days_from_now * US_PER_DAY).strftime("%Y%m%d")


def test_a_good_certificate_tells_its_days(authority: Any) -> None:
    site = authority.serve(begins=day(-10), ends=day(80))
    found = looked_at(site, authority.file)
    assert (found.outcome, found.value_kind) == ("good", "days")
    assert found.value == pytest.approx(79.5, abs=0.6)


def test_one_that_ends_soon_is_bad_before_it_ends(authority: Any) -> None:
    site = authority.serve(begins=day(-80), ends=day(5))
    found = looked_at(site, authority.file)
    assert (found.outcome, found.reason) == ("bad", "tls_expires_soon")
    assert looked_at(site, authority.file, days_min=2).outcome == "good"


def test_an_expired_one_says_since_when(authority: Any) -> None:
    found = looked_at(authority.serve(begins=day(-90), ends=day(-7)), authority.file)
    assert (found.outcome, found.reason) == ("bad", "tls_expired")
    assert found.value == pytest.approx(-7.5, abs=0.6)
    assert "days ago" in found.detail


def test_one_that_is_not_valid_yet(authority: Any) -> None:
    assert looked_at(authority.serve(begins=day(3), ends=day(90)), authority.file).reason == "tls_not_yet_valid"


def test_one_that_nobody_trusts(authority: Any) -> None:
    assert looked_at(authority.serve(begins=day(-1), ends=day(90))).reason == "tls_untrusted"
    own = authority.serve(begins=day(-1), ends=day(91), self_signed=True)
    assert looked_at(own, authority.file).reason == "tls_untrusted"


def test_one_of_another_name(authority: Any) -> None:
    found = looked_at(authority.serve(begins=day(-1), ends=day(90), name="shop.example"), authority.file)
    assert found.reason == "tls_wrong_name"


def test_a_server_without_tls_and_none_at_all(site: Any, closed: int) -> None:
    assert looked_at(site).reason in ("tls", "reset")
    site.port = closed
    assert looked_at(site).reason == "refused"


@pytest.mark.parametrize(
    ("days", "reason"), [(14.001, ""), (13.999, "tls_expires_soon"), (0.001, "tls_expires_soon"), (0, "tls_expired")]
)
def test_the_edges_are_where_they_are_said_to_be(days: float, reason: str) -> None:
    ends = to_datetime(NOW_US + round(days * US_PER_DAY)).strftime("%b %d %H:%M:%S %Y GMT")
    certificate = {"notBefore": "Jan  1 00:00:00 2020 GMT", "notAfter": ends}
    assert judge_certificate(TlsTarget("localhost", days_min=14), certificate, NOW_US, 0.1).reason == reason
