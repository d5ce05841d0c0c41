"""A child says that it is ready or why it cannot be, and does not outlive its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from evenkeel.app.parent import read_ready, tell_ready, telling_failure
from evenkeel.kernel.errors import ConflictError, EvenkeelError, HomeBusyError, NotFoundError

_CHILD = """
import threading
from evenkeel.app.parent import end_with_parent
end_with_parent()
print("lives", flush=True)
"""


def told_by(error: EvenkeelError | None) -> str:
    """What the parent reads."""
    reading, writing = os.pipe()
    if error is None:
        tell_ready(writing, {"port": 4180})
    else:
        with pytest.raises(SystemExit), telling_failure(writing):
            raise error
    with os.fdopen(reading) as pipe:
        return pipe.readline()


def test_a_ready_child_tells_its_facts() -> None:
    assert read_ready(told_by(None)) == {"port": 4180}


@pytest.mark.parametrize("error", [HomeBusyError("Taken.", hint="Wait."), ConflictError("Port 1 is in use.")])
def test_a_failure_arrives_as_the_same_error(error: EvenkeelError) -> None:
    with pytest.raises(type(error)) as raised:
        read_ready(told_by(error))
    assert (str(raised.value), raised.value.code) == (str(error), error.code)


def test_a_failure_of_another_kind_is_still_told() -> None:
    with pytest.raises(ConflictError, match="No such thing"):
        read_ready(told_by(NotFoundError("No such thing.")))


def test_without_a_parent_the_error_ends_the_process_with_its_words() -> None:
    with pytest.raises(SystemExit, match="error: Taken"), telling_failure(None):
        raise HomeBusyError("Taken.")


def test_a_failure_after_ready_goes_to_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading), pytest.raises(SystemExit), telling_failure(writing):
        tell_ready(writing, {})
        raise ConflictError("Too late.")
    assert "Too late." in capsys.readouterr().err


@contextmanager
def child_that(does: str) -> Iterator[subprocess.Popen[bytes]]:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _CHILD + does], stdin=pipe, stdout=pipe, stderr=pipe) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"lives\n"
        yield child


def test_a_child_ends_when_its_parent_is_gone() -> None:
    with child_that("threading.Event().wait()") as child:
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(10) == -signal.SIGTERM


def test_a_child_may_end_before_its_parent_without_a_word() -> None:
    with child_that("") as child:
        assert child.wait(10) == 0
        assert child.stderr is not None
        assert child.stderr.read() == b""
