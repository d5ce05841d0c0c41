"""What is configured of monthly audits of models."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from evenkeel.org.config.fields import Section, check_day, read_day

Day = Annotated[str, BeforeValidator(read_day), AfterValidator(check_day)]


class ModelCardConfig(Section):
    """The document that tells what a model is for, and what it is not for."""

    url: str = Field(
        min_length=1,
        max_length=500,
        pattern="^https?://",
        description="Where it is.",
        examples=["https://wiki.example.org/triage"],
    )
    reviewed: Day = Field(
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        description="The day on which somebody last looked whether it is still true.",
        examples=["2026-10-01"],
    )


class AuditsConfig(Section):
    """When monthly audits of models are due."""

    due_days: int = Field(
        default=10, ge=1, le=28, description="An audit is due so many days after its month ended.", examples=[5]
    )
    since: Day = Field(
        default="",
        pattern=r"^$|^\d{4}-\d{2}-\d{2}$",
        description="Audits are expected of months that end after this day; default: when evenkeel first kept audits.",
        examples=["2026-01-01"],
    )
    card_months: int = Field(
        default=12, ge=1, le=60, description="A model card that was reviewed longer ago is a warning.", examples=[6]
    )
