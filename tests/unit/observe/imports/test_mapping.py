"""Which column is which: mappings that are wrong say everything that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.kernel.errors import InvalidInputError, NotFoundError
from evenkeel.observe.imports.mapping import TARGETS, read_mapping, read_preset


def write(folder: Path, text: str) -> Path:
    path = folder / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_mapping_reads_as_written(tmp_path: Path) -> None:
    mapping = read_mapping(
        write(
            tmp_path,
            "name: my-logs\ncolumns: {at: finished, latency_s: took}\nconstants: {service: my-bot}\n"
            "time: milliseconds\nzone: Europe/Berlin\nlatency_unit: ms\n",
        )
    )
    assert (mapping.columns, mapping.constants) == ({"at": "finished", "latency_s": "took"}, {"service": "my-bot"})
    assert (mapping.time, mapping.zone, mapping.latency_unit) == ("milliseconds", "Europe/Berlin", "ms")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: x\ncolumns: {at: a, latncy_s: b}", "latncy_s"),
        ("name: x\ncolumns: {at: a}\nzone: Mars/One", "Mars/One"),
        ("name: x\ncolumns: {at: a}\nunits: ms", "units"),
        ("name: ''\ncolumns: {at: a}", "name"),
        ("columns: {at: a}", "name"),
        ("name: x\ncolumns: {latency_s: a}", "maps no time"),
        ("name: x\ncolumns: [", "not YAML"),
        ("- 1", "no mapping"),
        ("", "no mapping"),
        ("name: x\ncolumns: {at: a}\ntime: epoch", "time"),
        ("name: x\ncolumns: {at: a}\nzone: ../../etc/passwd", "no time zone"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        read_mapping(write(tmp_path, text))


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_mapping(write(tmp_path, "columns: {att: a}\nzone: Mars/One\ntime: epoch"))
    assert all(word in str(caught.value) for word in ("name", "'att' is nothing a file can fill", "Mars/One", "time"))


def test_a_mapping_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_bytes(b"name: \xff")
    with pytest.raises(InvalidInputError, match="UTF-8"):
        read_mapping(tmp_path / "m.yaml")


def test_a_mapping_or_preset_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no mapping"):
        read_mapping(tmp_path / "nothing.yaml")
    with pytest.raises(NotFoundError, match="There are azure-llm"):
        read_preset("azure")


def test_the_preset_maps_the_public_azure_traces() -> None:
    preset = read_preset("azure-llm")
    assert preset.columns == {"at": "TIMESTAMP", "tokens_in": "ContextTokens", "tokens_out": "GeneratedTokens"}
    assert set(preset.columns) | set(preset.constants) <= set(TARGETS)
