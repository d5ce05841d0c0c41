"""The HTTP event API: what is wrong is named one by one, the valid rest is kept (SPEC OBS-3)."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.observe.events.context import EventContext
from evenkeel.observe.intake.event_api import EVENTS_MAX, KINDS, NDJSON, read_events
from evenkeel.observe.otlp.decode import BodyTooLargeError
from evenkeel.observe.pricing.book import PriceBook
from evenkeel.observe.privacy.pseudonyms import Pseudonyms

NOW_US = 1_790_000_000_000_000
NOW_S = NOW_US // 1_000_000
JSON = "application/json"
CONTEXT = EventContext(NOW_US, PriceBook.load(), Pseudonyms.with_key(b"k" * 32))


def read(*items: Any, context: EventContext = CONTEXT) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(events, rejected)."""
    found = read_events(json.dumps(items).encode(), JSON, context)
    return [found.batch.row(n) for n in range(len(found.batch))], found.rejected


def one(**fields: Any) -> dict[str, Any]:
    events, rejected = read({"service": "bot", **fields})
    assert rejected == []
    return events[0]


@pytest.mark.parametrize(
    ("sent", "kind", "role", "outcome"),
    [
        ({"kind": "prediction", "label": "stays", "value": 0.93}, "prediction", "request", "good"),
        ({"kind": "inference", "model": "gpt-4o", "tokens_in": 5}, "inference", "attempt", "good"),
        ({"kind": "request", "status_code": 503}, "inference", "request", "bad"),
        ({}, "inference", "request", "good"),
        ({"kind": "outcome", "subject": "s", "label": "left"}, "outcome", "none", "none"),
        ({"kind": "feedback", "subject": "s", "rating": 4}, "feedback", "none", "none"),
        ({"kind": "review", "subject": "s", "label": "wrong"}, "review", "none", "none"),
        ({"kind": "value", "subject": "s", "value": 12.5}, "value", "none", "none"),
        ({"kind": "heartbeat", "every_s": 60}, "heartbeat", "none", "none"),
    ],
)
def test_every_kind_of_event_becomes_what_the_table_says(
    sent: dict[str, Any], kind: str, role: str, outcome: str
) -> None:
    event = one(**sent)
    assert (event["kind"], event["role"], event["outcome"]) == (kind, role, outcome)
    assert (event["source"], event["environment"], event["arrived_at"]) == ("api", "production", NOW_US)


@pytest.mark.parametrize("outcome", ["good", "bad", "none"])
def test_a_probe_from_elsewhere_says_how_it_ended_and_what_it_is_called(outcome: str) -> None:
    event = one(kind="probe", subject="front", label="far", operation="http", outcome=outcome, error="timeout")
    assert (event["kind"], event["role"], event["outcome"], event["reason"]) == ("probe", "none", outcome, "timeout")
    assert (event["subject"], event["label"], event["operation"], event["solo"]) == ("front", "far", "http", True)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"subject": "front"}, "needs an outcome"),
        ({"outcome": "good"}, "its name as the subject"),
        ({"subject": "front", "outcome": "excluded"}, "It is good, bad or none"),
    ],
    ids=str,
)
def test_a_probe_without_outcome_or_name_is_refused(more: dict[str, Any], says: str) -> None:
    _, (rejected,) = read({"service": "bot", "kind": "probe"} | more)
    assert says in rejected["message"]


def test_the_table_of_kinds_is_all_there_is() -> None:
    _, rejected = read({"service": "bot", "kind": "predicton"}, {"service": "bot", "kind": "zzz"})
    assert "Did you mean 'prediction'?" in rejected[0]["message"]
    assert all(kind in rejected[1]["message"] for kind in KINDS)


def test_what_is_wrong_is_named_with_its_place_and_the_rest_is_kept() -> None:
    events, rejected = read({"service": "a"}, {"kind": "request"}, 7, {"service": "b"}, {"service": "c", "at": "soon"})
    assert [event["service"] for event in events] == ["a", "b"]
    assert [(each["index"], each["code"]) for each in rejected] == [(n, "input.invalid") for n in (1, 2, 4)]
    for each, says in zip(rejected, ("names no service", "not int", "at is 'soon'"), strict=True):
        assert says in each["message"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("latency_s", -0.1, "number from 0"),
        ("latency_s", "NaN", "number from 0"),
        ("latency_s", 1e300, "number from 0"),
        ("latency_s", True, "number from 0"),
        ("ttft_s", [1], "number from 0"),
        ("tokens_in", -1, "whole number"),
        ("tokens_in", 1.5, "whole number"),
        ("tokens_out", 2**53, "to 1000000000"),
        ("tokens_cached", "5", "whole number"),
        ("status_code", 2**40, "to 999"),
        ("weight", 0.5, "number from 1"),
        ("weight", 1e9, "number from 1 to 1e+06"),
        ("value", "high", "finite number"),
        ("value", 10**400, "finite number"),
        ("latency_s", 10**400, "number from 0"),
        ("tokens_in", 10**30, "whole number"),
        ("at", 10**400, "at is 1000"),
        ("outcome", "fine", "good, bad or excluded"),
        ("service", {"name": "x"}, "text, not dict"),
        ("user", ["lovelace"], "text, not list"),
        ("id", ["a"], "text, not list"),
        ("attributes", [1], "object, not list"),
        ("attributes", {"x": "y" * 70_000}, "At most 65536"),
        ("attributes", {"x": json.loads("[" * 300 + "]" * 300)}, "nested too deep"),
        ("at", NOW_S + 7_200, "an hour ahead"),
        ("at", NOW_S - 401 * 86_400, "400 days old"),
        ("at", 1e300, "at is 1e+300"),
        ("at", "2026-01-01T00:00:00", "no time zone"),
        ("at", True, "ISO 8601"),
        ("at", "x" * 100_000, "at is 'xxx"),
        ("kind", "x" * 100_000, "no kind of event"),
        ("kind", ["prediction"], "no kind of event"),
    ],
)
def test_values_that_cannot_be_are_refused_in_one_short_sentence(field: str, value: Any, says: str) -> None:
    events, (rejected,) = read({"service": "bot", field: value})
    assert events == []
    assert says in rejected["message"]
    assert len(rejected["message"]) < 400


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [("feedback", "rating", 6), ("feedback", "rating", 0), ("heartbeat", "every_s", 0), ("heartbeat", "every_s", 1e6)],
)
def test_ratings_and_rhythms_have_their_ranges(kind: str, field: str, value: float) -> None:
    _, (rejected,) = read({"service": "bot", "kind": kind, "subject": "s", field: value})
    assert f"{field} is {value!r}" in rejected["message"]


@pytest.mark.parametrize("kind", ["outcome", "feedback"])
def test_what_is_about_something_must_say_about_what(kind: str) -> None:
    _, (rejected,) = read({"service": "bot", "kind": kind})
    assert "needs the subject" in rejected["message"]


def test_a_latency_below_any_clock_is_zero_so_that_no_logarithm_of_it_leaves_the_sketch() -> None:
    assert one(latency_s=1e-310)["latency_s"] == 0.0
    assert one(latency_s=1e-9)["latency_s"] == 1e-9


@pytest.mark.parametrize(
    ("value", "kind"), [("NaN", "nan"), ("inf", "inf"), ("-Infinity", "-inf"), ("Infinity", "inf")]
)
def test_a_score_that_is_no_number_keeps_the_name_of_what_it_is(value: str, kind: str) -> None:
    event = one(kind="prediction", value=value)
    assert ("value" in event, event["value_kind"]) == (False, kind)


class TestIdentity:
    def test_an_id_or_a_time_makes_sending_again_harmless(self) -> None:
        same = {"service": "bot", "id": str(uuid.uuid4())}
        assert one(**same)["event_id"] == one(**same)["event_id"] == uuid.UUID(same["id"]).bytes
        assert one(id="order-1")["event_id"] == one(id="order-1")["event_id"]
        assert one(at=NOW_S)["event_id"] == one(at=NOW_S)["event_id"]

    def test_names_of_different_services_never_meet(self) -> None:
        (a, b), _ = read({"service": "a", "id": "1"}, {"service": "b", "id": "1"})
        assert a["event_id"] != b["event_id"]

    def test_without_an_id_or_a_time_every_event_is_a_new_one(self) -> None:
        (a, b), _ = read({"service": "bot"}, {"service": "bot"})
        assert a["event_id"] != b["event_id"]

    def test_events_of_one_request_share_it_and_others_stand_alone(self) -> None:
        shared, alone = one(request_id="r1"), one()
        assert (shared["solo"], shared["request_id"]) == (False, one(request_id="r1", id="x")["request_id"])
        assert (alone["solo"], alone["request_id"]) == (True, alone["event_id"])


class TestMoney:
    def test_tokens_are_priced_exactly(self) -> None:
        event = one(kind="inference", model="gpt-4o", tokens_in=1_000, tokens_cached=400, tokens_out=100)
        assert event["cost_nano"] == 600 * 2_500 + 400 * 1_250 + 100 * 10_000
        assert (event["currency"], event["cost_basis"], "finding" in event) == ("USD", "exact", False)

    def test_tokens_without_a_price_are_a_finding_and_never_free(self) -> None:
        event = one(kind="inference", model="house-llm", tokens_in=1_000)
        assert ("cost_nano" in event, event["cost_basis"], event["finding"]) == (False, "unpriced", "unpriced_model")

    def test_a_cost_that_cannot_be_is_a_finding_and_overflows_nothing(self) -> None:
        event = one(kind="inference", model="gpt-4o", tokens_in=10**9, tokens_out=10**9, weight=1e6)
        assert ("cost_nano" in event, event["cost_basis"], event["finding"]) == (False, "unpriced", "bad_cost")


class TestNames:
    def test_unknown_keys_are_kept_and_people_become_numbers(self) -> None:
        event = one(user="lovelace", session="s1", tenant="acme", attributes={"shard": 3})
        assert json.loads(event["attributes"]) == {"shard": 3, "tenant": "acme"}
        assert event["caller"] == CONTEXT.pseudonyms.of("lovelace")
        assert "lovelace" not in str(event)

    def test_names_are_cut_and_cleaned_of_what_no_page_can_show(self) -> None:
        event = one(service=" bot\x00\u202e ", version="v" * 1_000, operation="x" * 1_000)
        assert event["service"] == "bot\ufffd\ufffd"
        assert (len(event["version"]), len(event["operation"])) == (256, 256)
        _, (rejected,) = read({"service": "  "})
        assert "names no service" in rejected["message"]

    def test_too_many_attributes_are_cut_with_a_finding(self) -> None:
        event = one(attributes={f"a{n}": n for n in range(10_000)})
        assert (len(json.loads(event["attributes"])), event["finding"]) == (256, "attributes_cut")

    def test_a_key_speaks_only_for_its_services(self) -> None:
        from dataclasses import replace

        context = replace(CONTEXT, allows=lambda environment, service: (environment, service) == ("production", "bot"))
        events, rejected = read(
            {"service": "bot"}, {"service": "other"}, {"service": "bot", "environment": "x"}, context=context
        )
        assert [event["service"] for event in events] == ["bot"]
        assert "may not send for production/other" in rejected[0]["message"]
        assert "may not send for x/bot" in rejected[1]["message"]


class TestBodies:
    def test_one_object_an_array_and_lines_say_the_same(self) -> None:
        event = {"service": "bot", "at": NOW_S}
        text = json.dumps(event).encode()
        bodies = ((text, JSON), (b"[" + text + b"]", JSON), (b"\n" + text + b"\r\n\n", NDJSON))
        found = [read_events(body, kind, CONTEXT).batch.row(0) for body, kind in bodies]
        assert found[0] == found[1] == found[2]

    def test_a_line_that_is_no_json_spoils_only_itself(self) -> None:
        body = b'{"service": "a"}\n{"service": NaN}\n\xff\xfe\n{"service": "b"}\n'
        found = read_events(body, NDJSON, CONTEXT)
        assert [found.batch.row(n)["service"] for n in range(2)] == ["a", "b"]
        assert [each["index"] for each in found.rejected] == [1, 2]
        assert all("The line is not JSON" in each["message"] for each in found.rejected)

    @pytest.mark.parametrize(
        "body", [b"", b"{", b'{"x": NaN}', b'{"x": 1e999}', b"\xff", b'{"x": "\\ud800"}', b"[" * 5_000]
    )
    def test_what_is_no_json_is_refused_whole(self, body: bytes) -> None:
        with pytest.raises(InvalidInputError, match="not JSON"):
            read_events(body, JSON, CONTEXT)

    @pytest.mark.parametrize(("body", "kind"), [(b"[" + b"1," * EVENTS_MAX + b"1]", JSON), (b"1\n" * 10_001, NDJSON)])
    def test_more_events_than_a_request_may_hold_are_refused_whole(self, body: bytes, kind: str) -> None:
        with pytest.raises(InvalidInputError, match="Send at most 10000"):
            read_events(body, kind, CONTEXT)

    def test_crowds_of_empty_objects_are_refused_before_they_take_memory(self) -> None:
        with pytest.raises(BodyTooLargeError):
            read_events(b"[" + b"{}," * 1_000_001 + b"{}]", JSON, CONTEXT)

    @pytest.mark.parametrize("field", ["at", "id", "kind", "service", "latency_s", "outcome", "attributes", "other"])
    def test_however_deep_a_value_is_it_is_refused_in_words(self, field: str) -> None:
        for depth in (*range(250, 260), *range(850, 1_050), 100_000):  # Python ends recursion at 1,000
            body = f'{{"service": "a", "{field}": {"[" * depth}{"]" * depth}}}'.encode()
            try:
                found = read_events(body, JSON, CONTEXT)
            except InvalidInputError as error:
                assert "nested too deep" in str(error)
            else:
                assert (len(found.batch), len(found.rejected)) == (0, 1)
                assert len(found.rejected[0]["message"]) < 300

    def test_numbers_beyond_sixty_four_bits_keep_every_digit(self) -> None:
        body = b'{"service": "a", "big": 123456789012345678901234567890}'
        event = read_events(body, JSON, CONTEXT).batch.row(0)
        assert json.loads(event["attributes"]) == {"big": 123456789012345678901234567890}

    def test_the_order_of_keys_is_no_part_of_an_identity(self) -> None:
        body = (
            f'[{{"service":"a","at":{NOW_S},"x":{{"b":1,"a":2}}}},{{"x":{{"a":2,"b":1}},"at":{NOW_S},"service":"a"}}]'
        )
        first, second = (read_events(body.encode(), JSON, CONTEXT).batch.row(n) for n in range(2))
        assert first["event_id"] == second["event_id"]


def test_times_are_read_as_iso_or_seconds() -> None:
    for at in ("2026-09-21T14:13:20Z", "2026-09-21T16:13:20+02:00", NOW_S, float(NOW_S)):
        assert one(at=at)["at"] == NOW_US
    assert one(at=NOW_S - 399 * 86_400)["at"] == NOW_US - 399 * US_PER_DAY


def test_nobody_from_outside_speaks_for_a_judge() -> None:
    claimed = {"evenkeel.retrieval.judge.found.hit": 1, "evenkeel.judge.found.flagged": 0}
    for sent in ({"attributes": {**claimed, "team": "a"}}, {**claimed, "team": "a"}):
        event = one(kind="review", subject="s", **sent)
        assert (event["attributes"], event["finding"]) == ('{"team":"a"}', "judge_claimed")
    event = one(kind="review", subject="s", attributes=claimed)
    assert (event.get("attributes"), event["finding"]) == (None, "judge_claimed")


def test_an_embedding_becomes_a_few_numbers_and_no_vector_is_kept() -> None:
    vector = [0.123456789 * (-1) ** place for place in range(384)]
    for kind in ("prediction", "request"):
        event = one(kind=kind, embeddings={"question": vector}, attributes={"segment.country": "es"})
        kept = json.loads(event["attributes"])
        assert kept.pop("segment.country") == "es"
        assert len(kept) == 18
        assert kept["feature.embedding:question/size"] == 384
        assert "0.123456789" not in event["attributes"]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"embeddings": {"q": [1]}}, "embeddings.q has 1 numbers"),
        ({"kind": "value", "value": 1, "subject": "s", "embeddings": {"q": [1, 2]}}, "A value has no embeddings"),
        ({"attributes": {"feature.embedding:q/norm": 1}}, "what is made of embeddings"),
        ({"feature.embedding:q/norm": 1}, "what is made of embeddings"),
    ],
)
def test_what_is_no_embedding_is_rejected_by_name(sent: dict[str, Any], why: str) -> None:
    _, (rejected,) = read({"service": "bot", **sent})
    assert why in rejected["message"]
