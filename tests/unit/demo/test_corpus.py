"""The documentation becomes passages that can be quoted."""

from __future__ import annotations

from evenkeel.demo.corpus import cut, load_corpus


def test_the_documentation_holds_enough_to_search_in() -> None:
    passages = load_corpus()
    assert len(passages) >= 100
    assert len({passage.id for passage in passages}) == len(passages)
    assert all(passage.text and "```" not in passage.text for passage in passages)


def test_passages_are_short_enough_for_a_prompt() -> None:
    assert max(len(passage.text.split()) for passage in load_corpus()) <= 160


def test_links_and_marks_are_left_out_and_names_are_kept() -> None:
    (passage,) = cut("# Title\n\nSee **[the page](a/b.md)** about `valid_until`.", "page.md")
    assert passage.text == "See the page about valid_until."
    assert passage.heading == "Title"


def test_a_table_row_becomes_a_sentence() -> None:
    passages = cut("# T\n\n| a | b |\n|---|---|\n| disk full | answers 503 |", "page.md")
    assert [passage.text for passage in passages] == ["disk full: answers 503."]


def test_headings_are_told_with_the_title_of_their_page() -> None:
    passages = cut("# Verdict\n\nOne.\n\n## The rule\n\nTwo.", "page.md")
    assert [passage.heading for passage in passages] == ["Verdict", "Verdict: The rule"]
