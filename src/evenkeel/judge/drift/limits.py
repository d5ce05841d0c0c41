"""How large a difference of a feature has to be to matter: the operating model's, or what a service's objectives say.

An index (PSI) up to the target is too small to matter, and one whose lower bound is beyond the alert matters. What a
page, the API and the command line call drift is what the objectives do, for both ask here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from evenkeel.judge.drift.model import PSI_LIMIT, psi_target
from evenkeel.kernel.embedding import split_feature

#: Features of what a model said, and not of what it was asked.
PREDICTIONS: Final = frozenset({"prediction.label", "prediction.score"})


@dataclass(frozen=True, slots=True)
class Matters:
    """The index up to which a difference is too small to matter, and the one beyond which it matters."""

    target: float
    alert: float

    @classmethod
    def beyond(cls, psi_limit: float) -> Matters:
        """Where only the limit is told, the target is the same part of it as in the operating model.

        >>> Matters.beyond(0.4)
        Matters(target=0.2, alert=0.4)
        """
        return cls(psi_target(psi_limit), psi_limit)


@dataclass(frozen=True, slots=True)
class DriftLimits:
    """What matters of what a service is asked, and of what it says."""

    data: Matters = field(default_factory=lambda: Matters.beyond(PSI_LIMIT))
    prediction: Matters = field(default_factory=lambda: Matters.beyond(PSI_LIMIT))

    def of(self, feature: str) -> Matters:
        """What matters of one feature, or of a number of an embedding.

        >>> DriftLimits(prediction=Matters(0.2, 0.3)).of("prediction.label").alert
        0.3
        """
        return self.prediction if split_feature(feature)[0] in PREDICTIONS else self.data
