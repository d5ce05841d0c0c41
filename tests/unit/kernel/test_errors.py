"""The tree of errors: stable codes, facts that survive, sentences that help."""

from __future__ import annotations

import re

import pytest

from evenkeel.kernel import errors
from evenkeel.kernel.errors import ConflictError, EvenkeelError, HomeBusyError, OverloadedError, StorageFullError


def family(kind: type[EvenkeelError] = EvenkeelError) -> list[type[EvenkeelError]]:
    own = [one for one in kind.__subclasses__() if one.__module__ == errors.__name__]
    return [*own, *(descendant for one in own for descendant in family(one))]


def test_codes_are_dotted_unique_and_frozen() -> None:
    assert {kind.__name__: kind.code for kind in family()} == {
        "InvalidInputError": "input.invalid",
        "NotFoundError": "input.not_found",
        "UnauthorizedError": "access.unauthorized",
        "ForbiddenError": "access.forbidden",
        "ConflictError": "state.conflict",
        "NotInstalledError": "install.lacks_extra",
        "OverloadedError": "capacity.overloaded",
        "CorruptDataError": "data.corrupt",
        "UnstorableError": "data.unstorable",
        "UnreadableError": "data.unreadable",
        "StorageFullError": "capacity.storage_full",
        "HomeBusyError": "state.home_busy",
        "StaleError": "state.stale",
    }
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", kind.code) for kind in family())


def test_an_error_says_the_fact_and_then_the_hint_and_keeps_its_facts() -> None:
    error = ConflictError("The store has version 9.", hint="Start the newer release.", version=9)
    assert str(error) == "The store has version 9. Start the newer release."
    assert (error.message, error.hint, error.facts) == (
        "The store has version 9.", "Start the newer release.", {"version": 9},
    )  # fmt: skip
    assert str(EvenkeelError("It failed.")) == "It failed."


@pytest.mark.parametrize("kind", [OverloadedError, StorageFullError])
def test_whoever_is_turned_away_is_told_when_to_come_back(kind: type[OverloadedError]) -> None:
    error = kind("No room.", retry_after_s=5, hint="Wait.", bytes=7)
    assert error.retry_after_s == 5
    assert error.facts == {"retry_after_s": 5, "bytes": 7}
    assert str(error) == "No room. Wait."


def test_a_full_disk_is_an_overload_and_a_busy_home_a_conflict() -> None:
    assert issubclass(StorageFullError, OverloadedError)
    assert issubclass(HomeBusyError, ConflictError)
