"""The customers of the support assistant, and what they ask."""

from __future__ import annotations

from random import Random

from evenkeel.demo.answers import UNKNOWN_ANSWER, compose_answer
from evenkeel.demo.corpus import load_corpus
from evenkeel.demo.search import Index
from evenkeel.demo.support_bot import Customers


def test_sixty_customers_ask_different_questions() -> None:
    customers = Customers(Random(5))
    asked = [customers.next_question() for _ in range(2_000)]
    assert len({question.user for question in asked}) == 60
    assert len({question.text for question in asked}) >= 60
    assert all(question.session.startswith(question.user) for question in asked)


def test_they_come_about_five_times_a_second() -> None:
    customers = Customers(Random(5))
    assert 0.18 < sum(customers.wait_s() for _ in range(4_000)) / 4_000 < 0.22


def test_nearly_every_question_has_an_answer_in_the_documentation() -> None:
    index, customers = Index(load_corpus()), Customers(Random(5))
    questions = sorted({customers.next_question().text for _ in range(3_000)})
    unanswered: list[str] = []
    for question in questions:
        context = "\n\n".join(hit.passage.text for hit in index.search(question, 4))
        answer = compose_answer([{"role": "system", "content": context}, {"role": "user", "content": question}])
        if answer == UNKNOWN_ANSWER:
            unanswered.append(question)
    assert "Who won the football cup yesterday?" in unanswered
    assert len(unanswered) <= len(questions) / 10, unanswered
