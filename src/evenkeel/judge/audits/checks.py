"""The checklist of a month: what the service's objectives say of exactly that time, and how fresh its model card is.

Nothing is measured anew. Each figure is that of an objective, with its own limits, over the month; so it is judged by
the same code as every day. What nobody can tell is unknown and says why; it is never ok.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from evenkeel.judge.audits.model import OPEN, Check, Item
from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.assessing import Assessor, Assessors, Occasion
from evenkeel.judge.objectives.model import JudgedService, Objective, WindowName
from evenkeel.judge.objectives.sentences import describe_verdict, format_target
from evenkeel.kernel.errors import EvenkeelError
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import Window, isoformat, to_datetime
from evenkeel.kernel.verdict import Status, Verdict, judge_verdict
from evenkeel.org.config.audits import AuditsConfig, ModelCardConfig
from evenkeel.store.telemetry.port import ServiceState, Telemetry

QUALITY, DRIFT, FAIRNESS, CALIBRATION, CARD = "quality", "drift", "fairness", "calibration", "model_card"
_CALIBRATION_ERROR: Final = "calibration_error"
#: What a model says of itself, whatever came true: it tells no quality on its own.
_ITS_OWN_WORD: Final = frozenset(("confidence_high", "confidence_low", "dont_know"))
#: What is computed from counts or from labels that outlive the events.
_OUTLIVE: Final = frozenset((Reads.DRIFT, Reads.PEOPLE))

#: Where there is nothing to say: why, and what would change that.
_NOTHING: Final = {
    QUALITY: (
        "Quality: no truth of a prediction, rating or rated answer came in this month.",
        "Send outcomes or feedback, or have answers rated: docs/how-to/watch-a-model.md.",
    ),
    DRIFT: (
        "Drift: no features or predictions of this month were compared with a reference.",
        "Send predictions with features: docs/how-to/watch-drift.md.",
    ),
    FAIRNESS: (
        "Fairness: not configured. Nobody has said towards whom the model must be fair, so nothing is judged.",
        "Write services.NAME.fairness, or acknowledge that nobody knows.",
    ),
    CALIBRATION: (
        "Calibration: no score of a prediction whose truth is known.",
        "Send predictions with scores, and their outcomes.",
    ),
}
_POLICY_ELSEWHERE: Final = (
    "Fairness: the criteria that are configured are no objectives; the view Fairness tells of the time until now.",
    "Configure one of demographic_parity, equal_opportunity, equalised_odds, subgroup_accuracy as well.",
)
_NO_TARGET: Final = "Write a target: services.NAME.objectives.calibration_error.target."

#: What an objective's estimate says of the month's error budget, in words; empty where it has none.
Spent = Callable[[Objective, Estimate], str]


@dataclass(frozen=True, slots=True)
class Looked:
    """The service and the month that are looked at, and what is known of both."""

    service: JudgedService
    state: ServiceState
    telemetry: Telemetry
    assessors: Assessors
    window: Window
    now_us: int
    timezone: str
    events_from_us: int  # older events are no longer kept
    card: ModelCardConfig | None
    audits: AuditsConfig
    spent: Spent

    @property
    def is_cut(self) -> bool:
        """Whether a part of the month's events is no longer kept."""
        return self.window.start_us < self.events_from_us


def gather_checks(given: Looked) -> tuple[Check, ...]:
    """The whole checklist, in the order of SPEC C."""
    found: dict[str, list[Item]] = {QUALITY: [], DRIFT: [], FAIRNESS: [], CALIBRATION: []}
    told: set[str] = set()
    for objective, item in _judge(given):
        check = _check_of(objective)
        found[check].append(item)
        told |= {check} if _carries(objective) else set()
    titles = {QUALITY: "Quality", DRIFT: "Drift", FAIRNESS: "Fairness", CALIBRATION: "Calibration"}
    for name in found.keys() - told:  # a line is not ok by what is beside the point
        found[name].append(_nothing(given, name))
    checks = [Check(name, titles[name], tuple(items)) for name, items in found.items()]
    card = judge_card(given.card, given.window, given.timezone, given.audits)
    card = replace(card, todo=card.todo.replace("NAME", given.service.key.service))
    return (*checks, Check(CARD, "Model card", (card,)))


def _check_of(objective: Objective) -> str:
    if objective.name == _CALIBRATION_ERROR:
        return CALIBRATION
    match objective.definition.reads:
        case Reads.DRIFT | Reads.HISTORY:
            return DRIFT
        case Reads.GROUPS:
            return FAIRNESS
        case _:
            return QUALITY


def _carries(objective: Objective) -> bool:
    """Whether a line of the checklist may rest on this alone: drift on features, quality on what came true."""
    definition = objective.definition
    return definition.reads is not Reads.HISTORY and definition.source not in _ITS_OWN_WORD


def _judge(given: Looked) -> Iterator[tuple[Objective, Item]]:
    """Each objective that there is something to say of."""
    occasion = Occasion(
        given.telemetry, given.state, given.now_us, given.timezone, given.service.fairness, asked=given.window
    )
    made: dict[Callable[[Occasion], Assessor], Assessor] = {}
    for objective in _objectives(given.service):
        maker = given.assessors.get(objective.definition.reads) if objective.definition.reads else None
        if maker is None or not (objective.declared or objective.definition.kinds <= given.state.kinds):
            continue
        try:
            if maker not in made:
                made[maker] = maker(occasion)
            if objective.definition.reads is Reads.GROUPS and not made[maker].has_evidence(objective):
                continue
            estimate = made[maker].assess(objective, WindowName.REPORT)
        except EvenkeelError as error:
            yield objective, _unreadable(objective, error)
            continue
        if estimate.n > 0 or objective.declared or _is_told(objective, estimate):
            yield objective, _item(given, objective, estimate)


def _objectives(service: JudgedService) -> list[Objective]:
    """Those of the service, and the calibration error for its value where nobody gave it a target."""
    names = {each.name for each in service.objectives}
    more = [] if _CALIBRATION_ERROR in names else [Objective(_CALIBRATION_ERROR, 1.0, None, None)]
    return [*service.objectives, *more]


def _is_told(objective: Objective, estimate: Estimate) -> bool:
    """What is told without any figure: fairness as configured, marks of a check, features that were not compared."""
    is_fairness = objective.definition.reads is Reads.GROUPS
    return is_fairness or bool(estimate.parts.get("marked_of") or estimate.parts.get("features"))


def _item(given: Looked, objective: Objective, estimate: Estimate) -> Item:
    """An objective's figure over the month, as at the month's end: how long more would take is not told of the past."""
    end_us = given.window.end_us
    needs = None if estimate.needs is None else replace(estimate.needs, eta_s=None)
    verdict = judge_verdict(
        replace(estimate, as_of_us=end_us, needs=needs), objective.limits, now_us=end_us, valid_for_us=0,
        objective_version=objective.version,
    )  # fmt: skip
    status, says, todo = verdict.status, describe_verdict(objective, verdict, verdict.status), ""
    target = format_target(objective)
    if objective.name == _CALIBRATION_ERROR and objective not in given.service.objectives:
        status, target, todo = Status.UNKNOWN, "", _NO_TARGET.replace("NAME", given.service.key.service)
        says = f"{says.partition('; target')[0]}; no target is configured, so it is not judged."
    if given.is_cut and objective.definition.reads not in _OUTLIVE:
        status = Status.PARTIAL if status in (Status.OK, Status.UNKNOWN) else status
        day = isoformat(given.events_from_us)[:10]
        says = f"{says} Events before {day} are no longer kept, so a part of the month is missing."
        todo = todo or "Audit earlier, or keep events longer: retention.events."
    says = f"{says} {given.spent(objective, estimate)}".rstrip()
    return _made(objective, verdict, (status, says, target, todo))


def _made(objective: Objective, verdict: Verdict, told: tuple[Status, str, str, str]) -> Item:
    status, says, target, todo = told
    estimate = verdict.estimate
    return Item(
        name=objective.name,
        title=objective.title,
        status=status,
        says=says,
        value=estimate.value,
        low=estimate.shown_low,
        high=estimate.shown_high,
        unit=objective.unit,
        n=estimate.n,
        counts=objective.definition.counts,
        target=target,
        evidence="" if estimate.evidence is None else estimate.evidence.query,
        todo=todo,
    )


def _unreadable(objective: Objective, error: EvenkeelError) -> Item:
    says = f"{objective.title}: what it is judged by could not be read. {error.message}"
    return Item(objective.name, objective.title, Status.UNKNOWN, says, todo=error.hint)


def _nothing(given: Looked, name: str) -> Item:
    is_elsewhere = name == FAIRNESS and given.service.fairness is not None
    says, todo = _POLICY_ELSEWHERE if is_elsewhere else _NOTHING[name]
    if given.is_cut:
        says = f"{says} Events before {isoformat(given.events_from_us)[:10]} are no longer kept."
    return Item(name, name.capitalize(), Status.UNKNOWN, says, todo=todo.replace("NAME", given.service.key.service))


def judge_card(card: ModelCardConfig | None, window: Window, timezone: str, audits: AuditsConfig) -> Item:
    """How old the last review of the model card was when the month ended; without a card, unknown.

    >>> month = Window(0, 31 * 86_400_000_000)
    >>> judge_card(None, month, "UTC", AuditsConfig()).status.value
    'unknown'
    >>> card = ModelCardConfig(url="https://wiki.example.org/triage", reviewed="1968-12-31")
    >>> judge_card(card, month, "UTC", AuditsConfig()).says
    'The model card was reviewed on 1968-12-31, 13 months before the month ended; it is to be at most 12 months old.'
    """
    if card is None:
        todo = "Write services.NAME.model_card with url and reviewed."
        return Item(CARD, "Model card", Status.UNKNOWN, "Model card: none is configured.", todo=todo)
    end, reviewed = to_datetime(window.end_us).astimezone(ZoneInfo(timezone)).date(), date.fromisoformat(card.reviewed)
    age = max(0, 12 * (end.year - reviewed.year) + end.month - reviewed.month - (reviewed.day > end.day))
    is_old = age > audits.card_months
    says = f"The model card was reviewed on {card.reviewed}, {age} months before the month ended"
    if reviewed >= end:
        says = f"The model card was reviewed on {card.reviewed}, after the month ended"
    most = f"{audits.card_months} months"
    return Item(
        name=CARD,
        title="Model card",
        status=Status.WARNING if is_old else Status.OK,
        says=f"{says}; it is to be at most {most} old.",
        value=float(age),
        unit="months",
        n=1,
        counts="cards",
        target=f"≤ {most}",
        evidence=card.url,
        todo="Review the model card, and write the day as reviewed." if is_old else "",
    )


def open_items(checks: tuple[Check, ...]) -> tuple[str, ...]:
    """The names of what nobody can tell: whoever signs acknowledges each."""
    return tuple(item.name for check in checks for item in check.items if item.status in OPEN)
