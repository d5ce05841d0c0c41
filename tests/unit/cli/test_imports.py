"""`evenkeel import`, with its report and its refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.kernel.errors import InvalidInputError, NotFoundError

Calls = Callable[..., list[str]]
TRACE = "TIMESTAMP,ContextTokens,GeneratedTokens\n2026-03-01 12:00:00.0000000,1000000,100000\n"


def test_what_was_imported_is_reported_in_words(evenkeel: Any, calls: Calls) -> None:
    output = evenkeel(*calls(20)).stdout
    assert "20 events (20 new)" in output
    again = evenkeel(*calls(20, name="other")).stdout
    assert "20 events (20 new)" in again


def test_cost_and_its_input_share_are_reported_and_twice_changes_nothing(evenkeel: Any, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(TRACE, encoding="utf-8")
    words = ("import", "--preset", "azure-llm", "--model", "gpt-4o", "--provider", "openai", str(trace))
    first = evenkeel.json(*words)
    assert (first["events"], first["new"], first["rejected"], first["unpriced"]) == (1, 1, 0, 0)
    assert first["cost_usd"] == pytest.approx(2.5 + 1.0)
    assert first["input_cost_share"] == pytest.approx(2.5 / 3.5)
    assert first["from"] == first["to"] == "2026-03-01T12:00:00.000Z"
    again = evenkeel.json(*words)
    assert again == first | {"new": 0, "written": 0}


def test_rows_that_cannot_be_read_are_named_and_the_rest_is_stored(evenkeel: Any, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(f"{TRACE}yesterday,1,1\n", encoding="utf-8")
    output = evenkeel("import", "--preset", "azure-llm", str(trace)).stdout
    assert "1 rows were left out:" in output
    assert "trace.csv:3: The time is 'yesterday'" in output


def test_a_file_of_which_nothing_could_be_read_fails(evenkeel: Any, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(TRACE.splitlines()[0] + "\nnow,1,1\n", encoding="utf-8")
    found = evenkeel("import", "--preset", "azure-llm", "--json", str(trace), fails=True)
    assert found.exit_code == 1
    assert json.loads(found.stdout)["rejected"] == 1


@pytest.mark.parametrize("words", [(), ("--preset", "azure-llm", "--mapping", "m.yaml")])
def test_an_import_needs_exactly_one_mapping(evenkeel: Any, tmp_path: Path, words: tuple[str, ...]) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(TRACE, encoding="utf-8")
    with pytest.raises(InvalidInputError, match="one of them"):
        evenkeel("import", *words, str(trace))


def test_a_preset_that_does_not_exist_names_those_that_do(evenkeel: Any, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(TRACE, encoding="utf-8")
    with pytest.raises(NotFoundError, match="azure-llm"):
        evenkeel("import", "--preset", "azure", str(trace))


def test_a_file_that_is_not_there_is_wrong_usage(evenkeel: Any, tmp_path: Path) -> None:
    found = evenkeel("import", "--preset", "azure-llm", str(tmp_path / "no.csv"), fails=True)
    assert found.exit_code == 2
    assert "does not exist" in found.output


def test_tokens_without_a_known_price_are_said_and_cost_nothing(evenkeel: Any, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(TRACE, encoding="utf-8")
    output = evenkeel("import", "--preset", "azure-llm", "--model", "no-such-model", str(trace)).stdout
    assert "1 events have no known price and keep none" in output


def test_who_forgot_the_model_is_told_what_helps_and_it_does(evenkeel: Any, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text(TRACE, encoding="utf-8")
    forgot = ("import", "--preset", "azure-llm", str(trace))
    assert "import into a fresh --home or as another --service" in evenkeel(*forgot).stdout
    named = (*forgot, "--model", "gpt-4o")
    assert evenkeel.json(*named)["new"] == 0
    for priced in (
        evenkeel.json(*named, "--service", "priced"),
        type(evenkeel)(Home(tmp_path / "fresh")).json(*named),
    ):
        assert (priced["new"], priced["unpriced"], priced["cost_usd"]) == (1, 0, pytest.approx(2.5 + 1.0))


def test_predictions_are_imported_with_the_segments_that_the_command_names(evenkeel: Any, tmp_path: Path) -> None:
    mapping, rows = tmp_path / "m.yaml", tmp_path / "rows.csv"
    mapping.write_text("{name: loans, columns: {at: at, subject: case, label: said}}", encoding="utf-8")
    rows.write_text("at,case,said,country\n2026-09-01T00:00:00Z,c1,yes,ES\n", encoding="utf-8")
    asked = ("import", "--mapping", str(mapping), str(rows), "--segment", "country")
    with pytest.raises(InvalidInputError, match="rows are no predictions"):
        evenkeel(*asked)
    found = evenkeel.json(*asked, "--kind", "prediction")
    assert (found["events"], found["new"], found["rejected"]) == (1, 1, 0)


def test_a_table_of_counts_of_groups_is_imported(evenkeel: Any, tmp_path: Path) -> None:
    table = tmp_path / "counts.csv"
    table.write_text("from,to,sex,tp,fn\n2026-09-07T00:00:00Z,2026-09-14T00:00:00Z,f,80,20\n", encoding="utf-8")
    asked = ("import", str(table), "--group-by", "sex", "--service", "hiring")
    assert [evenkeel.json(*asked)["new"] for _ in range(2)] == [1, 0]
    with pytest.raises(InvalidInputError, match="--model says nothing"):
        evenkeel(*asked, "--model", "m")
