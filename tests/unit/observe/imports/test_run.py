"""An import: exact, resumable, and twice as good as once (SPEC OBS-4)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import isoformat
from evenkeel.observe.imports.mapping import TARGETS
from evenkeel.observe.imports.run import BATCH_ROWS, PROBLEMS_KEPT
from evenkeel.observe.intake.event_api import read_events

T = "2026-09-01T00:00:00Z"


def mapped(*names: str) -> dict[str, Any]:
    return {"columns": {"at": "at"} | {name: name for name in names}}


class TestRows:
    def test_everything_a_file_can_fill_arrives_in_the_event(self, importer: Any) -> None:
        row = {
            "at": T, "service": "bot", "environment": "staging", "version": "3", "model": "gpt-4o",
            "provider": "openai", "operation": "chat", "latency_s": 0.5, "ttft_s": 0.1, "tokens_in": 100,
            "tokens_out": 10, "tokens_cached": 40, "tokens_cache_write": 5, "tokens_reasoning": 3, "status_code": 200,
            "user": "lovelace", "session": "s1",
            "subject": "case-1", "label": "benign", "value": 0.25, "response_id": "r1", "error": "", "outcome": "",
            "prompt": "", "contexts": "", "answer": "", "embedding": "",
        }  # fmt: skip
        assert set(row) == set(TARGETS)
        importer.run(importer.file(json.dumps(row), "a.jsonl"), mapped(*TARGETS))
        (event,) = importer.events
        for name in set(row) - {
            "at",
            "user",
            "session",
            "error",
            "outcome",
            "prompt",
            "contexts",
            "answer",
            "embedding",
        }:
            assert event[name] == row[name], name
        assert event["caller"] == importer.context.pseudonyms.of("lovelace")
        assert event["session"] == importer.context.pseudonyms.of("s1")
        assert "lovelace" not in str(event)
        assert (event["source"], event["role"], event["solo"], event["outcome"]) == ("import", "attempt", True, "good")

    def test_a_row_that_says_nothing_of_success_is_not_counted_as_good(self, importer: Any) -> None:
        importer.run(f"when\n{T}\n")
        assert importer.events[0]["outcome"] == "none"

    @pytest.mark.parametrize(
        ("cells", "outcome", "reason"),
        [
            ("503,,", "bad", "http_503"),
            ("404,,", "excluded", "http_404"),
            (",APITimeoutError,", "bad", "timeout"),
            (",,good", "good", None),
            ("500,,excluded", "excluded", None),
        ],
    )
    def test_endings_follow_the_outcome_table(self, importer: Any, cells: str, outcome: str, reason: str) -> None:
        importer.run(f"at,status_code,error,outcome\n{T},{cells}\n", mapped("status_code", "error", "outcome"))
        (event,) = importer.events
        assert (event["outcome"], event.get("reason")) == (outcome, reason)

    @pytest.mark.parametrize(
        ("time", "cell", "iso"),
        [
            ("iso", "2023-11-16 18:15:46.6805900", "2023-11-16T17:15:46.680Z"),
            ("iso", "2023-11-16T18:15:46.123456789+00:00", "2023-11-16T18:15:46.123Z"),
            ("iso", "2023-11-16T18:15:46Z", "2023-11-16T18:15:46.000Z"),
            ("seconds", "1700158546.5", "2023-11-16T18:15:46.500Z"),
            ("milliseconds", "1700158546500", "2023-11-16T18:15:46.500Z"),
        ],
    )
    def test_times_are_read_as_the_mapping_says(self, importer: Any, time: str, cell: str, iso: str) -> None:
        importer.run(f"when\n{cell}\n", {"time": time, "zone": "Europe/Berlin"})
        assert isoformat(importer.events[0]["at"]) == iso

    @pytest.mark.parametrize(
        ("time", "cell", "says"),
        [
            ("iso", "soon", "read as iso"),
            ("iso", "1999-01-01", "last 20 years"),
            ("iso", "2035-01-01", "last 20 years"),
            ("iso", "0001-01-01T00:00:00+14:00", "time"),
            ("seconds", "1700158546500", "read as seconds"),
            ("seconds", "1e300", "read as seconds"),
            ("seconds", "nan", "read as seconds"),
            ("seconds", "-inf", "read as seconds"),
            ("milliseconds", "1700158546", "last 20 years"),
            ("iso", "", "has no time"),
        ],
    )
    def test_times_that_cannot_be_are_problems(self, importer: Any, time: str, cell: str, says: str) -> None:
        result = importer.run(f"when,x\n{cell},1\n", {"time": time})
        assert (result.events, result.rejected) == (0, 1)
        assert says in result.problems[0]

    @pytest.mark.parametrize(
        ("name", "cell", "says"),
        [
            ("tokens_in", "-1", "whole number"),
            ("tokens_in", "1.5", "whole number"),
            ("tokens_in", "inf", "whole number"),
            ("tokens_in", "nan", "whole number"),
            ("latency_s", "9" * 400, "not a time"),
            ("tokens_in", "many", "whole number"),
            ("tokens_in", "1e18", "to 1000000000"),
            ("status_code", "1099511627776", "to 999"),
            ("latency_s", "-0.5", "time from 0"),
            ("latency_s", "inf", "time from 0"),
            ("latency_s", "1e300", "time from 0"),
            ("ttft_s", "fast", "time from 0"),
            ("outcome", "fine", "good, bad or excluded"),
            ("value", "high", "not a number"),
        ],
    )
    def test_a_value_that_cannot_be_spoils_its_row_only_and_is_told_with_its_line(
        self, importer: Any, name: str, cell: str, says: str
    ) -> None:
        result = importer.run(f"at,{name}\n{T},\n{T},{cell}\n2026-09-02T00:00:00Z,\n", mapped(name))
        assert (result.events, result.rejected, len(importer.events)) == (2, 1, 2)
        (problem,) = result.problems
        assert problem.startswith("logs.csv:3: ")
        assert says in problem

    def test_a_latency_below_any_clock_is_zero_and_milliseconds_are_seconds(self, importer: Any) -> None:
        importer.run(f"at,latency_s\n{T},1e-310\n{T},250\n", mapped("latency_s") | {"latency_unit": "ms"})
        assert [event["latency_s"] for event in importer.events] == [0.0, 0.25]

    def test_problems_without_end_are_counted_and_the_first_are_named(self, importer: Any) -> None:
        result = importer.run("when\n" + "soon\n" * 1_000)
        assert (result.rejected, len(result.problems)) == (1_000, PROBLEMS_KEPT)

    def test_a_row_nested_too_deep_is_a_problem(self, importer: Any) -> None:
        text = f'{{"when": "{T}", "x": {"[" * 400}{"]" * 400}}}\n{{"when": "{T}"}}'
        result = importer.run(importer.file(text, "a.jsonl"))
        assert (result.events, result.rejected) == (1, 1)

    def test_a_value_that_is_no_number_keeps_its_name(self, importer: Any) -> None:
        importer.run(f"at,value\n{T},nan\n", mapped("value"))
        assert importer.events[0]["value_kind"] == "nan"


class TestMappings:
    @pytest.mark.parametrize(
        ("column", "says"),
        [
            (
                "promptTokens",
                r"no column 'promptTokens', which the mapping takes for tokens_in\. Did you mean 'prompt_tokens'",
            ),
            ("WHEN ", "Did you mean 'when'"),
            ("zzz", "There are when, prompt_tokens"),
        ],
    )
    def test_a_column_that_is_not_there_stops_the_import_and_names_the_nearest(
        self, importer: Any, column: str, says: str
    ) -> None:
        mapping = {"columns": {"at": "when", "tokens_in": column}}
        with pytest.raises(InvalidInputError, match=says):
            importer.run(f"when,prompt_tokens\n{T},5\n", mapping)
        assert importer.events == []

    def test_lines_of_json_may_leave_out_what_they_do_not_know(self, importer: Any) -> None:
        text = f'{{"when": "{T}", "error": "timeout"}}\n{{"when": "{T}", "status": 200}}\n{{"status": 200}}'
        mapping = {"columns": {"at": "when", "error": "error", "status_code": "status"}}
        result = importer.run(importer.file(text, "a.jsonl"), mapping)
        assert [event["outcome"] for event in importer.events] == ["bad", "good"]
        assert "It is looked for in 'when'" in result.problems[0]

    def test_what_is_said_on_the_command_line_wins(self, importer: Any) -> None:
        importer.run(f"when,m\n{T},file\n", {"columns": {"at": "when"}}, {"service": "said", "model": "gpt-4o"})
        assert (importer.events[0]["service"], importer.events[0]["model"]) == ("said", "gpt-4o")


class TestAgain:
    def test_the_same_file_again_writes_nothing(self, importer: Any) -> None:
        source = importer.file(f"when\n{T}\n{T}\n")
        first, second = importer.run(source), importer.run(source)
        assert (first.written, second.written, second.events) == (2, 0, 2)

    def test_equal_rows_are_different_events_and_keep_their_identity(self, importer: Any, tmp_path: Path) -> None:
        importer.run(f"when\n{T}\n{T}\n")
        ids = [event["event_id"] for event in importer.events]
        assert len(set(ids)) == 2
        importer.run(importer.file(f"when\n{T}\n{T}\n{T}\n", "longer.csv"))
        assert [event["event_id"] for event in importer.events[2:4]] == ids
        assert importer.events[4]["event_id"] not in ids

    def test_an_interrupted_import_goes_on_where_it_stopped(self, importer: Any) -> None:
        rows = [datetime.fromtimestamp(1_780_000_000 + n, UTC).isoformat() for n in range(3 * BATCH_ROWS + 10)]
        source = importer.file("when\n" + "\n".join(rows))

        def write_until_the_third(batch: Any) -> None:
            if len(importer.writes) == 2:
                raise KeyboardInterrupt
            importer.write(batch)

        with pytest.raises(KeyboardInterrupt):
            importer.run(source, write=write_until_the_third)
        result = importer.run(source)
        assert (result.events, result.written) == (len(rows), BATCH_ROWS + 10)
        assert importer.writes == [BATCH_ROWS, BATCH_ROWS, BATCH_ROWS, 10]
        assert len({event["event_id"] for event in importer.events}) == len(rows)

    def test_an_identity_depends_on_no_order_of_keys(self, importer: Any) -> None:
        row = f'"when": "{T}", "n": 123456789012345678901'
        importer.run(importer.file(f'{{{row}, "x": {{"a": 1, "b": [1, null]}}}}', "a.jsonl"))
        importer.run(importer.file(f'{{"x": {{"b": [1, null], "a": 1}}, {row}}}', "b.jsonl"))
        first, second = importer.events
        assert first["event_id"] == second["event_id"]

    def test_another_mapping_or_another_service_is_another_import(self, importer: Any) -> None:
        source = importer.file(f"when\n{T}\n")
        importer.run(source)
        importer.run(source, constants={"service": "other"})
        importer.run(source, {"name": "renamed"})
        assert len({event["event_id"] for event in importer.events}) == 3


class TestReport:
    def test_costs_are_exact_and_the_share_of_input_is_told(self, importer: Any) -> None:
        text = f"at,tokens_in,tokens_out\n{T},1000,100\n{T},3,\n"
        result = importer.run(text, mapped("tokens_in", "tokens_out"), {"model": "gpt-4o"})
        assert result.costs_nano == {"USD": 1_003 * 2_500 + 100 * 10_000}
        assert result.input_cost_share == pytest.approx(1_003 * 2_500 / (1_003 * 2_500 + 1_000_000))

    def test_tokens_without_a_price_are_counted_and_never_free(self, importer: Any) -> None:
        result = importer.run(f"at,tokens_in\n{T},1000\n", mapped("tokens_in"), {"model": "house-llm"})
        assert (result.unpriced, result.costs_nano, result.input_cost_share) == (1, {}, None)
        assert ("cost_nano" in importer.events[0], importer.events[0]["finding"]) == (False, "unpriced_model")

    def test_money_of_two_currencies_is_never_added(self, importer: Any) -> None:
        from dataclasses import replace

        from evenkeel.observe.pricing.book import OwnPrice, PriceBook

        book = PriceBook.load([OwnPrice("own", 1_000_000, 0, currency="EUR")])
        importer.context = replace(importer.context, pricing=book)
        text = f"at,model,tokens_in\n{T},own,5\n{T},gpt-4o,2\n"
        result = importer.run(text, mapped("model", "tokens_in"))
        assert (result.costs_nano, result.input_cost_share) == ({"EUR": 5, "USD": 5_000}, None)

    def test_progress_rises_to_the_end(self, importer: Any) -> None:
        importer.run("when\n" + f"{T}\n" * 2_000)
        assert importer.progress == sorted(importer.progress)
        assert importer.progress[-1] == 1.0


def test_parquet_imports_as_csv_does(importer: Any, tmp_path: Path) -> None:
    at = Array([1_780_000_000_000_000], type=DataType.int64()).cast(DataType.timestamp("us"))
    write_parquet(
        Table.from_pydict({"at": at, "latency_s": Array([0.5], type=DataType.float64())}), tmp_path / "a.parquet"
    )
    importer.run(tmp_path / "a.parquet", mapped("latency_s"))
    importer.run(f"at,latency_s\n{datetime.fromtimestamp(1_780_000_000, UTC).isoformat()},0.5\n", mapped("latency_s"))
    parquet, csv = importer.events
    assert (parquet["at"], parquet["latency_s"]) == (csv["at"], csv["latency_s"])


class TestPredictions:
    ROWS = "when,case,said,p,country,vip\n" + f"{T},c1,yes,0.9,ES,true\n{T},c2,no,0.8,,false\n"
    MAPPED: ClassVar[dict[str, Any]] = {
        "kind": "prediction",
        "columns": {"at": "when", "subject": "case", "label": "said", "value": "p"},
        "segments": {"country": "country", "vip": "vip"},
    }

    def test_a_prediction_keeps_its_segments_as_the_live_door_does(self, importer: Any) -> None:
        importer.run(self.ROWS, self.MAPPED)
        first, second = importer.events
        assert (first["kind"], first["role"], first["operation"], first["label"]) == (
            "prediction", "request", "predict", "yes",
        )  # fmt: skip
        assert json.loads(first["attributes"]) == {"segment.country": "ES", "segment.vip": "1"}
        assert json.loads(second["attributes"]) == {"segment.vip": "0"}  # what a row does not state is left out
        sent = {"service": "bot", "kind": "prediction", "subject": "c1", "label": "yes", "value": 0.9, "at": T,
                "attributes": {"segment.country": "ES", "segment.vip": True}}  # fmt: skip
        live = read_events(json.dumps(sent).encode(), "application/json", importer.context)
        assert live.batch.row(0)["kind"] == first["kind"]
        assert (live.batch.row(0)["role"], live.batch.row(0)["operation"]) == (first["role"], first["operation"])

    def test_the_truths_of_the_same_file_are_other_events(self, importer: Any) -> None:
        importer.run(self.ROWS, self.MAPPED)
        importer.run(self.ROWS, {"kind": "outcome", "columns": {"at": "when", "subject": "case", "label": "said"}})
        assert [event["kind"] for event in importer.events] == ["prediction"] * 2 + ["outcome"] * 2
        assert len({event["event_id"] for event in importer.events}) == 4
        assert {event["role"] for event in importer.events[2:]} == {"none"}

    def test_a_truth_without_a_subject_is_named_as_at_the_live_door(self, importer: Any) -> None:
        rows = f"{self.ROWS}{T},,yes,,,\n"
        truths = {"kind": "outcome", "columns": {"at": "when", "subject": "case", "label": "said"}}
        result = importer.run(rows, truths)
        assert (result.written, result.rejected) == (2, 1)
        assert "logs.csv:4: The truth has no subject." in result.problems[0]

    def test_a_segment_that_the_file_does_not_have_stops_the_import(self, importer: Any) -> None:
        with pytest.raises(InvalidInputError, match="takes for the segment land") as caught:
            importer.run(self.ROWS, {**self.MAPPED, "segments": {"land": "contry"}})
        assert "'country'" in str(caught.value)

    def test_features_are_kept_as_the_live_door_does_and_what_a_row_does_not_state_is_missing(
        self, importer: Any
    ) -> None:
        importer.run(self.ROWS, {**self.MAPPED, "segments": {}, "features": {"land": "country", "prime": "vip"}})
        first, second = (json.loads(event["attributes"]) for event in importer.events)
        assert first == {"feature.land": "ES", "feature.prime": True}
        assert second == {"feature.prime": False}

    def test_a_feature_that_the_file_does_not_have_stops_the_import(self, importer: Any) -> None:
        with pytest.raises(InvalidInputError, match="takes for the feature land"):
            importer.run(self.ROWS, {**self.MAPPED, "features": {"land": "contry"}})
