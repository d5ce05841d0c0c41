"""The kinds of events a service logs, each with the words of its own. Standard library only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from numbers import Integral, Real
from typing import Any


class EventLog(ABC):
    """Predictions, requests, outcomes, feedback, reviews and values, on top of `log`."""

    @abstractmethod
    def log(self, kind: str, *, at: datetime | None = None, **fields: Any) -> None:
        """Any event of the HTTP event API. Returns at once."""

    def log_prediction(self, subject: str, *, label: str | None = None, score: float | None = None,
                       latency_s: float | None = None, features: Mapping[str, Any] | None = None,
                       segments: Mapping[str, str] | None = None, user: str | None = None,
                       error: str | None = None, at: datetime | None = None) -> None:  # fmt: skip
        """A model's answer about `subject`; its true outcome may follow later under the same subject.

        With a `label`, `score` is the probability of that label, from 0 to 1, whichever was predicted. Without one it
        is the number that was predicted, to be compared with the `value` of the outcome. A feature that is a list or an
        array of numbers with fractions is an embedding: evenkeel keeps a few numbers of it, and no vector.
        """
        embeddings = {k: v for k, v in (features or {}).items() if _is_vector(v)}
        attributes = {**{f"feature.{k}": v for k, v in (features or {}).items() if k not in embeddings},
                      **{f"segment.{k}": v for k, v in (segments or {}).items()}}  # fmt: skip
        self.log("prediction", at=at, subject=subject, label=label, value=score, latency_s=latency_s, user=user,
                 error=error, attributes=attributes or None, embeddings=embeddings or None)  # fmt: skip

    def log_request(
        self, subject: str | None = None, *, prompt: str | None = None, contexts: Sequence[str] = (),
        answer: str | None = None, embeddings: Mapping[str, Sequence[float]] | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """A question that was answered, with what it was answered from; texts and embeddings become numbers there."""
        given = [contexts] if isinstance(contexts, str) else list(contexts)  # else each letter were a document
        said = {"prompt": prompt, "contexts": given or None, "answer": answer}
        content = {name: text for name, text in said.items() if text is not None}
        self.log("request", subject=subject, content=content or None, embeddings=embeddings or None, **more)

    def log_outcome(
        self, subject: str, label: str | None = None, *, value: float | None = None, at: datetime | None = None
    ) -> None:
        """What really happened to `subject`."""
        self.log("outcome", at=at, subject=subject, label=label, value=value)

    def log_feedback(
        self, subject: str, rating: float | None = None, *, thumbs_up: bool | None = None, at: datetime | None = None
    ) -> None:
        """What a person thought of the answer: a rating from 1 to 5, or a thumb."""
        thumb = None if thumbs_up is None else ("up" if thumbs_up else "down")
        self.log("feedback", at=at, subject=subject, rating=rating, label=thumb)

    def log_review(self, subject: str, *, label: str | None = None, value: float | None = None) -> None:
        """What a reviewer found."""
        self.log("review", subject=subject, label=label, value=value)

    def log_value(self, subject: str, value: float, *, label: str | None = None) -> None:
        """What `subject` was worth to the business."""
        self.log("value", subject=subject, value=value, label=label)

    def log_group_counts(
        self, by: Sequence[str], groups: Sequence[Mapping[str, Any]], *, start: datetime, end: datetime
    ) -> None:
        """How many of each group were decided and turned out how from `start` until `end`, telling of nobody."""
        span = {"from": start.astimezone().isoformat(), "to": end.astimezone().isoformat()}
        self.log("group_counts", at=end, by=list(by), groups=list(groups), **span)


def _is_vector(value: Any) -> bool:
    """Whether a feature is an embedding: several numbers in a list, a tuple or an array, some with a fraction.

    Not the first alone: a 0 that was read from JSON is a whole number.
    """
    if isinstance(value, str | bytes | Mapping) or not (hasattr(value, "__len__") and hasattr(value, "__getitem__")):
        return False
    if len(value) < 2 or not isinstance(value[0], Real):
        return False
    return any(isinstance(each, Real) and not isinstance(each, Integral) for each in value)
