"""Audits of the control process stand on its configuration and stores."""

from __future__ import annotations

from typing import Any

from evenkeel.app.control import Control
from evenkeel.judge.audits.model import State


def test_models_that_were_heard_from_are_audited_as_it_is_configured(control: Control, write: Any) -> None:
    write(40)
    control.folding.drain()
    control.judging.step()
    (found,) = control.audits.all()
    assert (str(found.service.key), found.service.kind) == ("production/bot", "llm")
    assert found.standings[0].state is State.NOT_DUE
    assert not any(each.state in (State.DUE, State.OVERDUE) for each in found.standings)
