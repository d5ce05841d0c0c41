"""What a new evaluation would be about: the answers there are, divided, and how many of each part are needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from evenkeel.judge.evaluations.drawing import Plan, Wish, divide, plan_draw
from evenkeel.judge.evaluations.model import GROUNDING, QUESTIONS_MAX, TEXT_MAX, Candidate, Dimension, Question, Scale
from evenkeel.judge.evaluations.stored import find_answers
from evenkeel.judge.evaluations.uploads import read_lines
from evenkeel.judge.evaluations.verdicts import load_verdicts
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import Window
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey, Telemetry


@dataclass(frozen=True, slots=True)
class NewEvaluation:
    """What somebody wants to know. `upload` are JSON lines; without them, stored answers of the window are drawn."""

    key: ServiceKey
    title: str
    questions: tuple[Question, ...]
    window: Window
    wish: Wish = field(default_factory=Wish)
    judge: str = ""
    upload: str = ""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a new evaluation would be about: the plan, how many answers there are, and those to draw from."""

    plan: Plan
    found: int
    candidates: Sequence[Candidate]
    parts: Mapping[str, str]


def find_and_plan(records: Records, telemetry: Telemetry, new: NewEvaluation, now_us: int) -> Drawn:
    """What would be drawn. Raises InvalidInputError where there is nothing to draw from."""
    if new.upload:
        candidates = read_lines(new.upload, now_us)
        found = len(candidates)
    else:
        found, candidates = find_answers(
            telemetry, new.key, new.window, seed=new.seed, is_checked=new.judge == GROUNDING
        )
        if not candidates:
            raise InvalidInputError(
                f"No answer of {new.key} in this time has its texts stored.",
                hint=f"Set `content: on` for {new.key.service} and wait, or upload answers.",
            )
        if new.judge == GROUNDING:
            candidates = _checked(candidates)
        elif new.judge:
            candidates = _with_verdicts(records, candidates, new.judge)
    if any(each.scale is Scale.CONTEXTS for each in new.questions):
        candidates = [each for each in candidates if each.texts is not None and each.texts.contexts]
        if not candidates:
            raise InvalidInputError(
                "None of these answers came with contexts.", hint="Send the retrieved contexts with the answers."
            )
    by = new.wish.by
    if Dimension.JUDGE in by and not any(each.verdict for each in candidates):
        raise InvalidInputError(
            "No judge has looked at any of these answers.",
            hint="Name one that has, upload answers with `judge`, or do not divide by it.",
        )
    parts = divide(candidates, by)
    return Drawn(plan_draw(Counter(parts.values()), new.wish), found, candidates, parts)


def _checked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that have contexts. Raises InvalidInputError where none has any."""
    found = [each for each in candidates if each.verdict]
    if not found:
        raise InvalidInputError(
            "None of these answers has contexts that it could be checked against.",
            hint="Send the retrieved contexts with the answers, or leave the judge out.",
        )
    return found


def _with_verdicts(records: Records, candidates: Sequence[Candidate], judge: str) -> list[Candidate]:
    with records.transaction() as connection:
        verdicts = load_verdicts(connection, judge, [each.id for each in candidates])
    return [replace(each, verdict=verdicts.get(each.id, "")) for each in candidates]


def check_new(new: NewEvaluation) -> None:
    """Raises InvalidInputError for what cannot be asked."""
    if not new.title.strip() or len(new.title) > TEXT_MAX:
        raise InvalidInputError("An evaluation needs a title.", hint=f"Write 1 to {TEXT_MAX} characters.")
    names = [each.name for each in new.questions]
    if not 1 <= len(names) <= QUESTIONS_MAX or len(set(names)) < len(names):
        raise InvalidInputError(
            f"{len(names)} questions, {len(set(names))} of them different.",
            hint=f"Ask 1 to {QUESTIONS_MAX} questions, each with a name of its own.",
        )
