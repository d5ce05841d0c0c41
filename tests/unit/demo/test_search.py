"""BM25 finds what a question is about."""

from __future__ import annotations

import pytest

from evenkeel.demo.corpus import Passage, load_corpus
from evenkeel.demo.search import Index, words_of


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("What happens when the disk is full?", "how-to/operate.md"),
        ("Does the client block my service?", "how-to/send-events.md"),
        ("How wide are the buckets?", "concepts/estimate.md"),
        ("What is the page window?", "reference/glossary.md"),
        ("Why is pyarrow refused?", "adr/"),
    ],
)
def test_a_question_finds_its_page_among_the_first_four(question: str, page: str) -> None:
    hits = Index(load_corpus()).search(question, 4)
    assert any(hit.passage.id.startswith(page) for hit in hits), [hit.passage.id for hit in hits]


def test_scores_fall_and_nothing_is_found_twice() -> None:
    hits = Index(load_corpus()).search("verdict unknown requests", 10)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage.id for hit in hits}) == len(hits) == 10


def test_a_question_without_a_known_word_finds_nothing() -> None:
    assert Index(load_corpus()).search("xylophone quartet") == []


def test_a_rare_word_outweighs_a_frequent_one() -> None:
    index = Index([Passage(str(n), "", f"common words here {'needle' if n == 7 else ''}") for n in range(20)])
    assert index.search("common needle", 1)[0].passage.id == "7"


def test_endings_do_not_matter() -> None:
    assert words_of("breaches breached") == words_of("breach breach")
