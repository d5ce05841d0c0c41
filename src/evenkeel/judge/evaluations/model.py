"""What people are asked about answers, and what they said. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_MINUTE
from evenkeel.org.config.judges import OWN_NAME

#: Questions of one evaluation: more than these, and people stop reading them.
QUESTIONS_MAX: Final = 5
#: Answers of one evaluation. Labelled one a minute, they are two weeks of work.
ITEMS_MAX: Final = 5_000
#: Whoever was shown an answer has so long for it; then it is shown to the next one who asks.
LEASE_US: Final = 15 * US_PER_MINUTE
#: People who rate one answer at most; a second one tells whether people agree. What two skipped is shown to nobody.
RATERS_MAX: Final = 2
#: Characters of a reason, a question, a title.
TEXT_MAX: Final = 500

#: What a judge says of an answer.
FLAGGED: Final = "flagged"
PASSED: Final = "passed"
FAILED: Final = "failed"
VERDICTS: Final = (FLAGGED, PASSED, FAILED)

#: The judge that needs no model: the check of grounding (`observe.evaluators.grounding`).
GROUNDING: Final = OWN_NAME

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Scale(StrEnum):
    """How a question is answered."""

    YES_NO = "yes_no"
    ONE_TO_FIVE = "1_5"
    CONTEXTS = "contexts"  # which of the contexts: the share of them is kept


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked of every answer. Raises InvalidInputError for what cannot be asked.

    On the scale from 1 to 5 an answer is good from `good_from` up; with yes and no, when it is yes. Of contexts the
    places of those are said that do, such as "1,3", or "none"; good is an answer with any.

    >>> Question("relevant", "Does it answer the question?").read("yes")
    1.0
    >>> Question("quality", "How good is it?", Scale.ONE_TO_FIVE).is_good(3.0)
    False
    >>> Question("contexts", "Which of them help?", Scale.CONTEXTS).read("1,3", contexts=4)
    0.5
    """

    name: str
    text: str
    scale: Scale = Scale.YES_NO
    good_from: int = 4

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidInputError(
                f"{self.name[:60]!r} is no name of a question.", hint="Write a-z, 0-9 and _, at most 40 of them."
            )
        if not self.text.strip() or len(self.text) > TEXT_MAX:
            raise InvalidInputError(
                f"The question {self.name} has {len(self.text)} characters.", hint=f"Write 1 to {TEXT_MAX}."
            )
        if not 2 <= self.good_from <= 5:
            raise InvalidInputError(
                f"Good from {self.good_from} is not on the scale from 1 to 5.", hint="Write 2 to 5; 4 is usual."
            )

    def read(self, said: object, contexts: int = 0) -> float:
        """What was said, as a number: 1 or 0 for yes and no, 1 to 5, or the share of so many contexts.

        Raises InvalidInputError.
        """
        if self.scale is Scale.CONTEXTS:
            value = _share_of(str(said), contexts)
            allowed = f"the places of those that do, 1 to {contexts}, such as 1,{contexts}; or none"
        elif self.scale is Scale.YES_NO:
            value = {"yes": 1.0, "no": 0.0, "y": 1.0, "n": 0.0, "1": 1.0, "0": 0.0, "true": 1.0, "false": 0.0}.get(
                str(said).lower()
            )
            allowed = "yes or no"
        else:
            value = float(str(said)) if str(said) in ("1", "2", "3", "4", "5") else None
            allowed = "a whole number from 1 to 5"
        if value is None:
            raise InvalidInputError(f"{self.name} is {str(said)[:20]!r}.", hint=f"Answer {allowed}.")
        return value

    def is_good(self, value: float) -> bool:
        """Whether an answer rated so is a good one."""
        if self.scale is Scale.CONTEXTS:
            return value > 0.0
        return value >= (1.0 if self.scale is Scale.YES_NO else float(self.good_from))


def _share_of(said: str, contexts: int) -> float | None:
    """The share of contexts that the places name; None where they are no places, or "none" stands among them."""
    places = said.replace(",", " ").split()
    if places == ["none"] and contexts:
        return 0.0
    named = {int(each) for each in places if each.isascii() and each.isdecimal() and len(each) <= 4}
    if not places or len(named) < len(places) or not all(1 <= each <= contexts for each in named):
        return None
    return len(named) / contexts


#: Questions that are often asked, to choose from.
USUAL: Final = (
    Question("relevant", "Does the answer address what was asked?"),
    Question("correct", "Is what it says correct?"),
    Question("grounded", "Is everything in it borne out by the contexts?"),
    Question("contexts", "Which of the contexts help to answer what was asked?", Scale.CONTEXTS),
    Question("helpful", "How helpful is the answer?", Scale.ONE_TO_FIVE),
)


class Dimension(StrEnum):
    """What answers are divided by before some are drawn."""

    VERSION = "version"
    LANGUAGE = "language"
    DAY = "day"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class Texts:
    """What a person is shown of an answer."""

    answer: str
    prompt: str = ""
    contexts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that may be drawn: of an event, whose texts stay where they are, or with `texts` of its own.

    `verdict` is the judge's: flagged, passed or failed; empty where there is none.
    """

    id: str
    at_us: int
    version: str = ""
    language: str = ""
    verdict: str = ""
    texts: Texts | None = None


@dataclass(frozen=True, slots=True)
class Stratum:
    """Answers with the same version, language, day or verdict, as far as these were chosen."""

    name: str
    answers: int  # that were there to draw from
    drawn: int
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One drawn answer. `event_id` leads to its texts; empty where they were uploaded."""

    id: str
    position: int
    stratum: str
    raters: int  # people who are to rate it: 1 or 2
    event_id: str = ""
    at_us: int = 0
    version: str = ""
    lost: bool = False  # its texts are not kept any more


@dataclass(frozen=True, slots=True)
class Rating:
    """What one person said of one answer; a later one of the same person corrects it, and both are kept.

    `values` are by question; none where it was skipped, and `reason` says why.
    """

    id: str
    item: str
    rater: str
    at_us: int
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    reason: str = ""
    corrects: str = ""

    @property
    def is_skip(self) -> bool:
        """Whether nothing was said of the answer itself."""
        return not self.values


@dataclass(frozen=True, slots=True)
class Lease:
    """An answer that somebody has before them."""

    item: str
    rater: str
    until_us: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Answers of a service that people are asked about."""

    id: str
    environment: str
    service: str
    title: str
    questions: tuple[Question, ...]
    strata: tuple[Stratum, ...]
    start_us: int
    end_us: int
    created_at_us: int
    created_by: str
    found: int  # answers with texts in that time
    seed: int
    judge: str = ""  # whose verdicts divide them
    is_upload: bool = False
    closed_at_us: int | None = None
    closed_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether more may be rated."""
        return self.closed_at_us is None

    def question(self, name: str) -> Question:
        """The question of a name. Raises InvalidInputError."""
        found = next((each for each in self.questions if each.name == name), None)
        if found is None:
            known = ", ".join(each.name for each in self.questions)
            raise InvalidInputError(f"Nobody asked {name[:40]!r} here.", hint=f"The questions are {known}.")
        return found


def newest_ratings(ratings: list[Rating]) -> list[Rating]:
    """What counts of what was said: of each person and answer the last.

    >>> first, second = Rating("1", "i", "jo", 1, {"a": 0.0}), Rating("2", "i", "jo", 2, {"a": 1.0})
    >>> newest_ratings([second, first]) == [second]
    True
    """
    found: dict[tuple[str, str], Rating] = {}
    for rating in sorted(ratings, key=lambda each: (each.at_us, each.id)):
        found[rating.item, rating.rater] = rating
    return list(found.values())
