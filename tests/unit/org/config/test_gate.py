"""Settings of the gate."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from evenkeel.org.config.gate import GateConfig
from evenkeel.org.config.model import Config


def test_who_is_blind_does_not_ship_unless_it_is_said_otherwise() -> None:
    assert Config().gate.when_unknown == "deny"
    assert GateConfig(when_unknown="allow").when_unknown == "allow"


def test_other_answers_are_refused() -> None:
    with pytest.raises(ValidationError, match="when_unknown"):
        Config.model_validate({"gate": {"when_unknown": "maybe"}})
