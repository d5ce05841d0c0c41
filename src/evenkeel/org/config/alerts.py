"""What is configured of alerts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from evenkeel.org.config.fields import Section


class AlertsConfig(Section):
    """Whether people are told of alerts."""

    mode: Literal["live", "shadow"] = Field(
        default="live",
        description="shadow: judge beside another alerting and tell nobody; /alerts/shadow compares the two.",
        examples=["shadow"],
    )
