"""evaluators.md: the numbers that are kept of prompts and answers."""

from __future__ import annotations

from evenkeel.observe.evaluators.evaluate import EVALUATORS, PREFIX
from evenkeel.observe.evaluators.evaluating import EVALUATED, FAILED, OVER_BUDGET
from evenkeel.observe.evaluators.text import ANSWER_CHARACTERS_MAX, CONTEXT_CHARACTERS_MAX
from reference.markdown import code, page, table

_INTRO = f"""\
The numbers that are told of a prompt, its contexts and the answer, so that nothing else of them has to be kept.
[Answer quality](../concepts/answer-quality.md) says what they mean and how far to trust them. A number that is not
there is not known. Looked at are the first {ANSWER_CHARACTERS_MAX:,} characters of an answer or prompt, and the first
{CONTEXT_CHARACTERS_MAX:,} of all contexts together."""

_OF_HOW_MANY = (
    (EVALUATED, "1 for an answer that was evaluated, 0 for one that was here and left out"),
    (OVER_BUDGET, "1 for one that was left out to keep within the CPU budget"),
    (FAILED, "how many evaluators failed on it; absent where none did"),
)


def evaluators_page() -> str:
    """The page."""
    parts: list[str] = []
    for name, evaluation in EVALUATORS.items():
        rows = [(code(f"{PREFIX}.{name}.{end}"), meaning) for end, meaning in evaluation.numbers.items()]
        parts.append(f"## {name}")
        if not evaluation.is_default:
            parts.append("Only when asked for.")
        parts.append(table(("number", ""), rows))
    parts += ["## Of how many", table(("number", ""), [(code(name), meaning) for name, meaning in _OF_HOW_MANY])]
    return page("Numbers of answers", _INTRO, *parts)
