"""What can be configured: the one source of schema, documentation and help (DESIGN §8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from evenkeel.org.config.alerts import AlertsConfig
from evenkeel.org.config.audits import AuditsConfig, ModelCardConfig
from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.org.config.fields import (
    Days,
    Quantity,
    Seconds,
    Section,
    Share,
    Switch,
    VerdictSeconds,
    WindowSeconds,
    check_day,
    check_zone,
    read_day,
    read_switch,
)
from evenkeel.org.config.gate import GateConfig
from evenkeel.org.config.gateway import GatewayConfig, Upstreams
from evenkeel.org.config.judges import Judges
from evenkeel.org.config.notify import NotifyConfig
from evenkeel.org.config.probes import Probes
from evenkeel.org.config.rules import CatalogueConfig
from evenkeel.org.config.slo import SloConfig, SloName
from evenkeel.org.config.sources import Sources

#: Per million tokens, in any currency: a thousand times the dearest model in the weakest one.
PRICE_MAX: Final = 10_000_000_000

#: What can be told of an answer (`observe.evaluators`), which this floor does not see.
EvaluatorName = Literal[
    "prompt", "answer", "language", "repetition", "grounding", "retrieval", "vocabulary", "questions"
]
EvaluatedShare = Annotated[Share, Field(gt=0)]


class ObjectiveConfig(Section):
    """Refines one objective of a service; what is left out keeps its default."""

    target: Quantity | None = Field(
        default=None, description="What we want: a share or a time.", examples=["0.1 %", "1500 ms"]
    )
    alert: Quantity | None = Field(
        default=None,
        description="Where it becomes a breach; never stricter than the target.",
        examples=["0.5 %", "2 s"],
    )
    page: WindowSeconds | None = Field(default=None, description="Length of the window that pages.", examples=["5m"])
    verdict: VerdictSeconds | None = Field(
        default=None,
        description="Shortest window the verdict is given over: 1m to 1d, of quality up to 7d.",
        examples=["1h"],
    )
    baseline: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="Of RMSE and MAE: the error that is normal, in the unit of what is predicted; default: learned.",
        examples=[12.5],
    )
    source: Literal["probes", "golden"] | None = Field(
        default=None,
        description="Of retrieval_accuracy: golden probes, or runs of golden queries; default: probes where there are"
        " any, else the service's golden set if it has just one.",
        examples=["golden"],
    )
    golden_set: str = Field(
        default="", max_length=60, description="Of retrieval_accuracy: which golden set.", examples=["faq"]
    )
    measure: Literal["hit_rate", "mrr", "ndcg", "precision", "recall"] | None = Field(
        default=None, description="Of retrieval_accuracy by golden queries; default: hit_rate.", examples=["ndcg"]
    )
    enabled: bool = Field(default=True, description="false: do not judge this.", examples=[False])


class CapacityConfig(Section):
    """What the service is built for."""

    requests_per_minute: float = Field(gt=0, description="Requests per minute it can serve.", examples=[600])


class ServiceConfig(Section):
    """A service by name, in all environments it appears in unless `environments` says otherwise."""

    kind: Literal["llm", "rag", "chat", "agent", "ml", "other"] | None = Field(
        default=None, description="What it is; inferred from its events when left out.", examples=["rag"]
    )
    environments: tuple[str, ...] | None = Field(
        default=None, description="Where this applies; default: where it is judged.", examples=[["production"]]
    )
    owner: str = Field(default="", description="Who answers for it.", examples=["jo@example.org"])
    team: str = Field(default="", description="The team behind it.", examples=["customer care"])
    tier: str = Field(default="", description="How important it is, in your words.", examples=["gold"])
    cost_centre: str = Field(default="", description="Who pays.", examples=["CC-4711"])
    capacity: CapacityConfig | None = Field(default=None, description="Needed to judge throughput.")
    heartbeat_every: Seconds | None = Field(
        default=None, description="How often it is heard from at least.", examples=["1m"]
    )
    content: Annotated[Literal["off", "on"], BeforeValidator(read_switch, json_schema_input_type=Switch)] = Field(
        default="off", description="on: keep prompts and answers with its events.", examples=["on"]
    )
    evaluators: Annotated[
        Literal["off", "on"] | tuple[EvaluatorName, ...],
        BeforeValidator(read_switch, json_schema_input_type=Switch | tuple[EvaluatorName, ...]),
    ] = Field(
        default="on",
        description="What looks at its answers, in memory, and keeps numbers of them: off, on (all but the last two),"
        " or a list.",
        examples=[["answer", "language"]],
    )
    evaluate_share: EvaluatedShare = Field(
        default=1.0, description="Which share of its answers is looked at, at most.", examples=["20 %"]
    )
    judged: bool | None = Field(
        default=None, description="Judge it, or do not; default: the admission rule decides.", examples=[True]
    )
    objectives: dict[str, ObjectiveConfig] = Field(default_factory=dict, description="Objectives by indicator.")
    slos: dict[SloName, SloConfig] = Field(
        default_factory=dict, description="SLOs by name: those of its objectives refined, and your own."
    )
    fairness: FairnessConfig | None = Field(
        default=None, description="Towards whom it must be fair; without it nobody guesses, and nothing is judged."
    )
    model_card: ModelCardConfig | None = Field(
        default=None, description="Its model card; monthly audits ask how fresh it is."
    )


class RatesConfig(Section):
    """What a model costs per million tokens."""

    input: float = Field(ge=0, le=PRICE_MAX, description="Per million input tokens.", examples=[0.10])
    output: float = Field(ge=0, le=PRICE_MAX, description="Per million output tokens.", examples=[0.40])
    cached: float | None = Field(
        default=None, ge=0, le=PRICE_MAX, description="Per million input tokens read from the cache.", examples=[0.05]
    )


class PriceConfig(RatesConfig):
    """Your own price of a model, per million tokens."""

    tiers: dict[Annotated[str, Field(pattern="^[a-z_]{1,40}$")], RatesConfig] = Field(
        default_factory=dict,
        description="What a service tier costs, by the name that the provider's answers give it.",
        examples=[{"priority": {"input": 0.20, "output": 0.80}}],
    )
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"])
    since: Annotated[str, BeforeValidator(read_day), AfterValidator(check_day)] = Field(
        default="",
        pattern=r"^$|^\d{4}-\d{2}-\d{2}$",
        description="First day of this price; default: ever.",
        examples=["2026-01-01"],
    )


class RetentionConfig(Section):
    """Days each class of data is kept; what is left out keeps its default."""

    events: Days = Field(default=30, description="Events, counted from their arrival.", examples=[60])
    counters_minute: Days = Field(
        default=125, description="Counters per minute; slices of SLOs are told by them.", examples=[60]
    )
    counters_hour: Days = Field(
        default=400, description="Counters per hour, and the bad minutes of each.", examples=[800]
    )
    sketches_hour: Days = Field(default=90, description="Latency sketches per hour.", examples=[120])
    sketches_day: Days = Field(default=400, description="Latency sketches per day.", examples=[800])
    features_hour: Days = Field(
        default=90,
        description="Counts of features and sums of evaluators' numbers per hour; a feature's first days are kept.",
        examples=[120],
    )
    features_day: Days = Field(
        default=400,
        description="Counts of features and sums of evaluators' numbers per day; a feature's first days are kept.",
        examples=[800],
    )
    uploaded_texts: Days = Field(
        default=30, description="Texts uploaded for evaluations; those are erased when it closes, too.", examples=[7]
    )


class EvaluationConfig(Section):
    """What it may cost to look at answers."""

    cpu: EvaluatedShare = Field(
        default=0.02,
        description="Of one core, for each process that takes telemetry or is a gateway; answers beyond it are left"
        " out, which is counted.",
        examples=["10 %"],
    )


class OrgConfig(Section):
    """The organisation."""

    timezone: Annotated[str, AfterValidator(check_zone)] = Field(
        default="UTC", description="Decides days and months; an IANA name.", examples=["Europe/Berlin"]
    )
    fiscal_year_start: int = Field(
        default=1, ge=1, le=12, description="Month in which the fiscal year begins.", examples=[4]
    )
    budget_month: Literal["calendar", "fixed_30d"] = Field(
        default="calendar",
        description="Length of the month that error budgets are computed for: its own, or always 30 days.",
        examples=["fixed_30d"],
    )


class AdmissionConfig(Section):
    """Which services are judged by default objectives without being named."""

    environments: tuple[str, ...] = Field(
        default=("production",), description="Environments judged by default.", examples=[["production", "beta"]]
    )
    require_ai: bool = Field(default=True, description="Only services that emit AI events.", examples=[False])


class Config(Section):
    """The whole configuration."""

    services: dict[str, ServiceConfig] = Field(default_factory=dict, description="Services by name.")
    evaluation: EvaluationConfig = Field(
        default_factory=EvaluationConfig, description="What it may cost to look at answers."
    )
    prices: dict[str, PriceConfig] = Field(default_factory=dict, description="Own prices by model.")
    probes: Probes = Field(default_factory=dict, description="Probes by name.")
    sources: Sources = Field(default_factory=dict, description="Sources outside, from which counts are pulled.")
    retention: RetentionConfig = Field(default_factory=RetentionConfig, description="Days each class is kept.")
    org: OrgConfig = Field(default_factory=OrgConfig, description="The organisation.")
    admission: AdmissionConfig = Field(default_factory=AdmissionConfig, description="Which services are judged.")
    catalogues: dict[str, CatalogueConfig] = Field(
        default_factory=dict, description="Burn rules that SLOs name with `alerts`."
    )
    alerts: AlertsConfig = Field(default_factory=AlertsConfig, description="Whether people are told of alerts.")
    audits: AuditsConfig = Field(default_factory=AuditsConfig, description="When audits of models are due.")
    gate: GateConfig = Field(default_factory=GateConfig, description="The gate that changes pass.")
    notify: NotifyConfig = Field(default_factory=NotifyConfig, description="Who is told, and how.")
    judges: Judges = Field(default_factory=dict, description="Models that judge answers, by name.")
    upstreams: Upstreams = Field(default_factory=dict, description="Places where models answer, by name.")
    gateway: GatewayConfig = Field(default_factory=GatewayConfig, description="What the gateway routes and limits.")

    @property
    def content_services(self) -> list[str]:
        """The names of services whose texts may be kept, in order."""
        return sorted(name for name, service in self.services.items() if service.content == "on")


def json_schema(indicators: Iterable[str]) -> dict[str, Any]:
    """The JSON Schema that editors check a configuration with; `indicators` are the names objectives may have."""
    schema = Config.model_json_schema()
    schema["$defs"]["ServiceConfig"]["properties"]["objectives"]["propertyNames"] = {"enum": list(indicators)}
    return schema | {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "evenkeel configuration"}
