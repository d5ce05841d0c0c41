"""A set or a run that cannot be is refused with what is allowed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.judge.golden.given import NewRun, NewSet
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.store.telemetry.port import ServiceKey

SET = NewSet(ServiceKey("production", "bot"), "faq", "")
RUN = NewRun(SET.key, "faq", "1", "{}")


@pytest.mark.parametrize(
    "new",
    [replace(SET, name="Not this"), replace(SET, name="a" * 61), replace(SET, k=101), replace(SET, every_s=59)],
)
def test_what_no_set_can_be_is_refused(new: NewSet) -> None:
    SET.check()
    with pytest.raises(InvalidInputError):
        new.check()


@pytest.mark.parametrize("own", ["", "x" * 201, "a\nb"])
def test_what_no_run_can_be_called_is_refused(own: str) -> None:
    RUN.check()
    with pytest.raises(InvalidInputError, match="has an id"):
        replace(RUN, id=own).check()


def test_the_same_run_has_the_same_digest() -> None:
    assert replace(RUN, id="2").digest == RUN.digest
    assert replace(RUN, release="2").digest != RUN.digest
