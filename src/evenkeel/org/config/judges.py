"""How models that judge answers are configured (SPEC Q-1)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from evenkeel.org.config.fields import Seconds, Section, Share
from evenkeel.org.config.gateway import Secret
from evenkeel.org.config.probes import Url

JUDGES_MAX: Final = 20
#: More often than this nothing new is learned of a rate.
EVERY_S_MIN: Final = 60


class JudgeConfig(Section):
    """A model that says of answers whether they are good. It sees their texts: services need `content: on`."""

    url: Url = Field(description="Base address of what speaks OpenAI's API.", examples=["https://api.openai.com/v1"])
    model: str = Field(min_length=1, max_length=200, description="Who is asked.", examples=["gpt-5-mini"])
    key: Secret = Field(
        default="", description="Its secret, by name; it never stands here.", examples=["env:OPENAI_API_KEY"]
    )
    about: Literal["answer", "contexts"] = Field(
        default="answer",
        description="What it says yes or no of: the answer, or each context that came with it (is it relevant?).",
        examples=["contexts"],
    )
    question: str = Field(
        default="",
        max_length=1_000,
        description="What it is asked of every answer, or of every context: yes is good. Left out: the usual one.",
        examples=["Is everything in the answer borne out by the contexts?"],
    )
    services: tuple[Annotated[str, Field(pattern="^[^/]+/.+$")], ...] = Field(
        min_length=1, description="Whose answers, as environment/service.", examples=[["production/support-bot"]]
    )
    share: Share = Field(default=0.1, description="Share of the answers that it judges.", examples=["5 %"])
    every: Annotated[Seconds, Field(ge=EVERY_S_MIN)] = Field(
        default=3_600, description="How often new answers are judged.", examples=["1h"]
    )
    calls_per_day: int = Field(
        default=500, ge=1, le=100_000, description="Calls in any 24 hours at most.", examples=[500]
    )
    tokens_per_day: int = Field(
        default=2_000_000,
        ge=1,
        description="Tokens in any 24 hours after which it is asked no more.",
        examples=[500_000],
    )
    timeout: Annotated[Seconds, Field(le=600)] = Field(
        default=60, description="How long a verdict is waited for.", examples=["30s"]
    )
    concurrency: int = Field(default=4, ge=1, le=16, description="Calls at a time.", examples=[4])


#: The check of grounding judges under this name.
OWN_NAME: Final = "grounding"


def _not_own(name: str) -> str:
    if name == OWN_NAME:
        msg = "this is the name of evenkeel's own check; write another"
        raise ValueError(msg)
    return name


JudgeName = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{0,39}$"), AfterValidator(_not_own)]
Judges = Annotated[dict[JudgeName, JudgeConfig], Field(max_length=JUDGES_MAX)]
