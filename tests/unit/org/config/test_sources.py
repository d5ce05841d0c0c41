"""Sources as people configure them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from evenkeel.org.config.model import Config

URL = "http://prometheus.internal:9090"


def test_an_address_is_enough() -> None:
    found = Config.model_validate({"sources": {"prometheus": {"url": URL}}}).sources["prometheus"]
    assert (found.type, found.every, found.delay, found.backfill_days, found.token) == ("prometheus", 60, 60, 7, "")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"every": "10s"}, "greater than or equal to 30"),
        ({"every": "2h"}, "less than or equal to 3600"),
        ({"token": "s3cret"}, "should match pattern"),
        ({"headers": {"authorization": "Bearer s3cret"}}, "is a secret"),
        ({"url": "prometheus:9090"}, "is no address"),
        ({"backfill_days": 1000}, "less than or equal to 90"),
        ({"backfill_days": 0}, "greater than or equal to 1"),
        ({"type": "graphite"}, "Input should be 'prometheus'"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_with_the_reason(more: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Config.model_validate({"sources": {"prometheus": {"url": URL} | more}})
