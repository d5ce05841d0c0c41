"""A purge means those answers that all it names fits."""

from __future__ import annotations

from dataclasses import replace

from evenkeel.gateway.cache.model import Partition, Purge

BOT = Partition("team", "production", "bot", "v1", 7)


def test_what_a_purge_leaves_open_fits_every_answer() -> None:
    assert Purge(1).covers(BOT)
    assert Purge(1, "production", "bot", "v1", 7).covers(BOT)


def test_a_purge_of_something_else_means_no_answer_of_ours() -> None:
    others = (Purge(1, environment="staging"), Purge(1, service="faq"), Purge(1, version="v2"), Purge(1, user=8))
    assert not any(purge.covers(BOT) for purge in others)


def test_an_answer_of_nobody_in_particular_may_be_of_the_user_that_is_meant() -> None:
    assert Purge(1, user=8).covers(replace(BOT, user=None))
