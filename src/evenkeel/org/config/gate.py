"""What is configured of the gate that changes pass."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from evenkeel.org.config.fields import Section


class GateConfig(Section):
    """The gate that asks the error budget whether a change may go ahead."""

    when_unknown: Literal["deny", "allow"] = Field(
        default="deny",
        description="What the gate answers where what nobody saw would decide: deny, as a change that nobody can watch"
        " is the riskiest, or allow.",
        examples=["allow"],
    )
