"""The words of `evenkeel reviews`."""

from __future__ import annotations

from click.testing import CliRunner

from evenkeel.cli.reviews import reviews


def test_a_rejection_needs_a_reason_and_an_edit_a_text() -> None:
    for words, missing in ((["reject", "r"], "--reason"), (["edit", "r"], "--text")):
        result = CliRunner().invoke(reviews, words)
        assert result.exit_code == 2
        assert missing in result.output


def test_a_text_without_its_number_is_no_edit() -> None:
    result = CliRunner().invoke(reviews, ["edit", "r", "--text", "Hello"])
    assert "NUMBER=TEXT" in str(result.exception)
