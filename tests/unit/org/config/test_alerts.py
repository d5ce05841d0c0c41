"""Whether people are told of alerts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from evenkeel.org.config.alerts import AlertsConfig
from evenkeel.org.config.model import Config


def test_people_are_told_unless_somebody_says_otherwise() -> None:
    assert Config().alerts.mode == "live"
    assert AlertsConfig(mode="shadow").mode == "shadow"


def test_another_mode_is_refused() -> None:
    with pytest.raises(ValidationError, match="'live' or 'shadow'"):
        AlertsConfig.model_validate({"mode": "loud"})
