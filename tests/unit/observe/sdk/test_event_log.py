"""What a service logs by name is what the event API takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from evenkeel.observe.sdk.event_log import EventLog


class Kept(EventLog):
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def log(self, kind: str, *, at: datetime | None = None, **fields: Any) -> None:
        said = {"kind": kind, "at": at, **fields}
        self.events.append({name: value for name, value in said.items() if value is not None})


def test_a_request_carries_what_was_asked_retrieved_and_answered() -> None:
    kept = Kept()
    kept.log_request("s2", prompt="How long?", contexts=["Two days."], answer="", latency_s=0.5)
    assert kept.events == [
        {
            "kind": "request", "subject": "s2", "latency_s": 0.5,
            "content": {"prompt": "How long?", "contexts": ["Two days."], "answer": ""},
        }
    ]  # fmt: skip


def test_a_request_without_texts_has_no_content() -> None:
    kept = Kept()
    kept.log_request(operation="ask")
    kept.log_request(prompt="Hello?")
    assert kept.events == [
        {"kind": "request", "operation": "ask"}, {"kind": "request", "content": {"prompt": "Hello?"}},
    ]  # fmt: skip


def test_a_single_text_is_one_document_and_not_its_letters() -> None:
    kept = Kept()
    kept.log_request(contexts="It takes two days.", answer="Two days.")
    assert kept.events[0]["content"]["contexts"] == ["It takes two days."]


def test_a_list_of_numbers_is_an_embedding_even_if_it_begins_with_a_whole_one() -> None:
    kept = Kept()
    kept.log_prediction("s1", label="a", features={"image": [0, 0.5, -0.25], "sizes": [1, 2, 3], "age": 54})
    assert kept.events[0]["embeddings"] == {"image": [0, 0.5, -0.25]}
    assert kept.events[0]["attributes"] == {"feature.sizes": [1, 2, 3], "feature.age": 54}
