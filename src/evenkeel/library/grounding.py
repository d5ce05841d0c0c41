"""`evenkeel.grounding`: what of an answer its contexts do not bear out, sentence by sentence (SPEC Q-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.drawing import draw_sentences
from evenkeel.library.entailing import Entailed, Entailment, entail
from evenkeel.library.pictures import Picture, picture
from evenkeel.library.showing import Shown
from evenkeel.observe.evaluators.grounding import (
    Grounding,
    SentenceGrounding,
    Span,
    Ungrounded,
    compute_grounding,
)
from evenkeel.ui.panels import Panel

_WHY = {
    Ungrounded.NO_CONTEXT: "no context was given",
    Ungrounded.NO_CLAIM: "it claims nothing that could be borne out",
    Ungrounded.OTHER_LANGUAGE: "it is in another language than its contexts",
}


@dataclass(frozen=True)
class GroundedAnswer(Shown):
    """An answer with the score of each of its sentences. Prints with what is not borne out marked.

    The score ranks answers for review; it is no probability, and no rate of hallucination by itself.
    """

    answer: str
    grounding: Grounding
    entailed: Entailed | None = None  # what a model says beside it, where one was given

    @property
    def score(self) -> float | None:
        """From 0 to 1; None where it cannot be told."""
        return self.grounding.score

    @property
    def unsupported(self) -> tuple[str, ...]:
        """The parts that no context bears out, as they stand in the answer."""
        return tuple(self.answer[start:end] for start, end, _ in _apart(self.grounding.spans))

    def __str__(self) -> str:
        """Sentences with their scores; what is not borne out stands in brackets, with why."""
        lines = [self._headline()]
        for place, sentence in enumerate(self.grounding.sentences):
            score = "  –  " if sentence.score is None else f"{sentence.score:5.2f}"
            if self.entailed is not None:
                score += f"  {self.entailed.sentences[place]:5.2f}"
            lines.append(f"  {score}  {' '.join(self._marked(sentence).split())}")
        if self.grounding.is_cut:
            lines.append("  (the rest is longer than what is looked at: not known)")
        return "\n".join(lines)

    def plot(self) -> Picture:
        """The score of each sentence. Raises InvalidInputError for an answer without any."""
        told = [(" ".join(self.answer[each.start : each.end].split()), each.score) for each in self.grounding.sentences]
        return picture([draw_sentences("How far contexts bear out each sentence", told)] if told else [])

    def _panels(self) -> list[Panel]:
        return []  # the table has the scores beside the sentences, in full

    def _table(self) -> str:
        rows = "".join(
            f"<tr><td>{'' if each.score is None else f'{each.score:.2f}'}</td>{self._entailed(place)}"
            f"<td>{self._as_html(each)}</td></tr>"
            for place, each in enumerate(self.grounding.sentences)
        )
        return f"<table><caption>{escape(self._headline())}</caption><tbody>{rows}</tbody></table>"

    def _headline(self) -> str:
        beside = self.entailed
        by_model = "" if beside is None or beside.score is None else f"; the model says {beside.score:.2f}"
        if self.grounding.score is None:
            why = self.grounding.unknown
            return f"Grounding unknown: {'' if why is None else _WHY[why]}{by_model}"
        return f"Grounding {self.grounding.score:.2f} (0 nothing, 1 all is borne out){by_model}"

    def _entailed(self, place: int) -> str:
        return "" if self.entailed is None else f"<td>{self.entailed.sentences[place]:.2f}</td>"

    def _marked(self, sentence: SentenceGrounding) -> str:
        text, at = "", sentence.start
        for start, end, why in _apart(sentence.spans):
            text += f"{self.answer[at:start]}[{self.answer[start:end]}: {why}]"
            at = end
        return text + self.answer[at : sentence.end]

    def _as_html(self, sentence: SentenceGrounding) -> str:
        text, at = "", sentence.start
        for start, end, why in _apart(sentence.spans):
            text += f'{escape(self.answer[at:start])}<mark title="{why}">{escape(self.answer[start:end])}</mark>'
            at = end
        return text + escape(self.answer[at : sentence.end])


def _apart(spans: Sequence[Span]) -> list[tuple[int, int, str]]:
    """Spans that overlap as one, with the reasons of both."""
    made: list[tuple[int, int, list[str]]] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if made and span.start < made[-1][1]:
            start, end, why = made[-1]
            made[-1] = start, max(end, span.end), [*why, *([] if span.reason.value in why else [span.reason.value])]
        else:
            made.append((span.start, span.end, [span.reason.value]))
    return [(start, end, ", ".join(why)) for start, end, why in made]


def grounding(answer: str, contexts: Sequence[str] | str, *, entailment: Entailment | None = None) -> GroundedAnswer:
    """How well contexts bear out an answer, without a model and without a network.

    With `entailment`, any callable (premise, hypotheses) -> probabilities, a model says so of each sentence, too. Its
    numbers stand beside the score and do not change it. Raises InvalidInputError where it gives no probabilities, and
    where something is no text.

    >>> found = grounding("The warranty of the X300 lasts 36 months.", "The warranty of the X300 lasts 24 months.")
    >>> found.unsupported
    ('36',)
    """
    given: list[Any] = [contexts] if isinstance(contexts, str) else list(contexts)
    if not all(isinstance(each, str) for each in (answer, *given)):
        raise InvalidInputError("An answer or a context is no text.", hint="Give texts; [] where there is no context.")
    found = compute_grounding(answer, given)
    return GroundedAnswer(
        answer, found, None if entailment is None else entail(answer, found.sentences, given, entailment)
    )
