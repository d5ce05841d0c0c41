"""What all commands have in common."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest

from evenkeel.gateway.commands.model import Command


@pytest.mark.parametrize("kind", get_args(Command), ids=lambda kind: kind.__name__)
def test_every_command_can_be_kept_with_its_reason_and_never_changes(kind: type) -> None:
    names = [each.name for each in fields(kind)]
    assert names[-1] == "reason"
    assert names[0] in ("environment", "limit")
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
