"""Shadows: asked as well, waited for by nobody, billed to nobody."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from evenkeel.gateway.routes.model import Shadow, Version
from evenkeel.testing.upstreams import Trouble, Voice, openai_upstream

VERSIONS = (Version("1", 1.0, ("a",)), Version("2", 0.0, ("b",)))


def test_a_shadow_that_hangs_delays_nobody_and_is_recorded_when_it_ends(gateway: Any) -> None:
    going_on = threading.Event()
    with openai_upstream() as one, openai_upstream(voice=Voice(words=5)) as two:
        given = [gateway.upstream("a", one.url), gateway.upstream("b", two.url)]
        gateway.route(*given, versions=VERSIONS, shadow=Shadow("2", 1.0))
        two.trouble = Trouble(hang=going_on)
        status, headers, _ = gateway.ask(x_evenkeel_user="ada")
        assert (status, headers["x-evenkeel-version"]) == (200, "1")
        (first,) = gateway.ledger.rows("attempt")
        going_on.set()
        attempts = gateway.ledger.rows("attempt", 2)
        assert two.tally.requests[0].document == one.tally.requests[0].document
    shadow = attempts[1]
    assert (first["version"], shadow["version"], shadow["tokens_out"]) == ("1", "2", 5)
    assert '"evenkeel.shadow":true' in shadow["attributes"]
    assert (first["caller"] is not None, shadow.get("caller")) == (True, None)
    assert len(gateway.ledger.rows("request")) == 1


def test_a_shadow_that_fails_is_the_shadows_failure(gateway: Any) -> None:
    with openai_upstream() as one, openai_upstream() as two:
        given = [gateway.upstream("a", one.url), gateway.upstream("b", two.url)]
        gateway.route(*given, versions=VERSIONS, shadow=Shadow("2", 1.0))
        two.trouble = Trouble(reset_at_byte=0)
        assert gateway.ask()[0] == 200
        outcomes = {row["version"]: row["outcome"] for row in gateway.ledger.rows("attempt", 2)}
    assert outcomes == {"1": "good", "2": "bad"}


def test_shadows_are_bounded(gateway: Any) -> None:
    hang = threading.Event()
    object.__setattr__(gateway.worker.app, "limits", replace(gateway.worker.app.limits, shadows_max=1))
    with openai_upstream() as one, openai_upstream() as two:
        given = [gateway.upstream("a", one.url), gateway.upstream("b", two.url)]
        gateway.route(*given, versions=VERSIONS, shadow=Shadow("2", 1.0))
        two.trouble = Trouble(hang=hang)
        assert [gateway.ask()[0] for _ in range(3)] == [200] * 3
        two.tally.wait_for(1)
        assert len(two.tally.requests) == 1
        assert b"evenkeel_gateway_shadows_skipped_total 2" in gateway.ask("/metrics", method="GET")[2]
        hang.set()
