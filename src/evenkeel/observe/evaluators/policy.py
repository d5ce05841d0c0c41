"""Which services' answers are evaluated, by what, and what that may cost: as control publishes it to the doors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evenkeel.kernel.facts import fact
from evenkeel.observe.evaluators.budget import EvaluationBudget
from evenkeel.observe.evaluators.evaluate import DEFAULT, EVALUATORS

TABLE_NAME: Final = "evaluators.json"
#: CPU seconds per second of one process, little enough to be on by default. An answer alone takes a third of a
#: millisecond, one with a thousand words of context five: so 60 or 4 of a second are evaluated, and from the 14,000 of
#: an hour a rate of one in twenty is known to .4 points.
CPU_RATIO: Final = 0.02


@fact
class EvaluationPolicy:
    """What becomes of the answers of one service."""

    evaluators: tuple[str, ...] = DEFAULT  # none: nothing of it is looked at
    share: float = 1.0  # of its answers, as people asked for


_USUAL: Final = EvaluationPolicy()


@fact
class EvaluationTable:
    """The services that say something of their own; all others have their answers evaluated by default.

    >>> table = EvaluationTable.parse({"cpu_ratio": 0.1, "services": {"bot": {"evaluators": ["answer"], "share": 0.5}}})
    >>> table.of("bot"), table.of("another").share
    (EvaluationPolicy(evaluators=('answer',), share=0.5), 1.0)
    """

    services: Mapping[str, EvaluationPolicy]
    cpu_ratio: float = CPU_RATIO

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> EvaluationTable:
        """From the published document. Raises KeyError, TypeError or ValueError when it is not one.

        An evaluator that this release does not know is left out: the rest of the table holds.
        """
        services = {
            str(name): EvaluationPolicy(
                tuple(each for each in row["evaluators"] if each in EVALUATORS), float(row["share"])
            )
            for name, row in document["services"].items()
        }
        cpu_ratio = float(document["cpu_ratio"])
        EvaluationBudget(cpu_ratio)  # it says what is no budget
        return cls(services, cpu_ratio)

    def of(self, service: str) -> EvaluationPolicy:
        """What is said of a service, or the default."""
        return self.services.get(service, _USUAL)


EVERYTHING: Final = EvaluationTable({})
