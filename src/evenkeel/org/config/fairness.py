"""What is configured of fairness: towards whom, by which criterion, and why that one (SPEC F-1)."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from evenkeel.org.config.fields import Section

#: What a service may mean by fair; each is told in docs/concepts/fairness.md.
METRICS: Final = (
    "demographic_parity", "equal_opportunity", "equalised_odds", "subgroup_accuracy", "predictive_parity",
    "calibration",
)  # fmt: skip
ATTRIBUTES_MAX: Final = 6  # each adds comparisons, and makes all of them less sharp
GROUP_MIN: Final = 10  # below that a rate tells of single people


def _listed(given: Any) -> Any:
    return (given,) if isinstance(given, str) else given


def _check_metric(name: str) -> str:
    if name not in METRICS:
        near = difflib.get_close_matches(name, METRICS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(METRICS)}"
        msg = f"there is no metric {name[:40]!r}; {hint}"
        raise ValueError(msg)
    return name


def _check_once(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        msg = f"{twice!r} stands here twice"
        raise ValueError(msg)
    return names


def _check_why(why: str) -> str:
    if not why.strip():
        msg = "say why this is what fair means here; in general metrics exclude each other"
        raise ValueError(msg)
    return why.strip()


def _class(given: Any) -> Any:
    """YAML reads yes, 1 and true as something other than the text that a model answers."""
    return str(given) if isinstance(given, bool | int | float) else given


Attribute = Annotated[str, Field(min_length=1, max_length=100)]
Metric = Annotated[str, AfterValidator(_check_metric), WithJsonSchema({"enum": list(METRICS)})]
Metrics = Annotated[
    tuple[Metric, ...],
    BeforeValidator(_listed),
    Field(min_length=1),
    AfterValidator(_check_once),
    WithJsonSchema(
        {"anyOf": [{"enum": list(METRICS)}, {"type": "array", "minItems": 1, "items": {"enum": list(METRICS)}}]}
    ),
]
Favourable = Annotated[
    str,
    BeforeValidator(_class),
    Field(min_length=1, max_length=256),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}),
]


class FairnessConfig(Section):
    """Towards which groups a service must be fair, and what that means."""

    attributes: Annotated[tuple[Attribute, ...], AfterValidator(_check_once)] = Field(
        min_length=1,
        max_length=ATTRIBUTES_MAX,
        description="Which segments of predictions are protected; they are compared by themselves and crossed by twos.",
        examples=[["sex", "age_band"]],
    )
    metric: Metrics = Field(
        description="What must not differ between groups: one of them, or a list. In general they exclude each other.",
        examples=["equal_opportunity"],
    )
    why: Annotated[str, AfterValidator(_check_why)] = Field(
        max_length=500,
        description="Why that is what fair means here; an audit asks for it.",
        examples=["Who qualifies must be found, whoever they are."],
    )
    favourable: Favourable | None = Field(
        default=None,
        description="The class that people want; needed unless classes are 1 and 0, of which it is 1.",
        examples=["approved"],
    )
    minimum_group: int = Field(
        default=100,
        ge=GROUP_MIN,
        le=1_000_000,
        description="Groups with fewer rows are named, not compared, and not told by number.",
        examples=[200],
    )
