"""Work on a home that no server owns."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.app.offline import fold_home, judge_home, opened
from evenkeel.kernel.errors import HomeBusyError

Write = Any


def test_everything_that_waits_is_folded_and_judged_as_of_now(home: Home, write: Write) -> None:
    write(400, outcome="bad")
    write(3, service="staged", environment="staging")
    bot, staged = judge_home(home)
    assert (bot["service"], bot["status"]) == ("bot", "breach")
    error_rate = next(objective for objective in bot["objectives"] if objective["objective"] == "error_rate")
    assert error_rate["windows"]["verdict"]["estimate"]["n"] == 400
    assert (staged["status"], "Only production" in staged["why_not_judged"]) == ("not judged", True)


def test_every_service_is_judged_though_one_pass_has_not_the_time_for_all(home: Home, write: Write) -> None:
    for number in range(120):
        write(2, service=f"bot-{number:03}")
    found = judge_home(home)
    assert [service["service"] for service in found if service["objectives"]] == [f"bot-{n:03}" for n in range(120)]


def test_an_empty_home_has_no_services(home: Home) -> None:
    assert judge_home(home) == []
    assert fold_home(home) == 0


def test_when_a_look_is_over_the_home_is_free_again(home: Home) -> None:
    with opened(home):
        pass
    with pytest.raises(ZeroDivisionError), opened(home):
        _ = 1 / 0
    with opened(home) as control:
        assert control.stores.telemetry.usage().events == 0


def test_a_home_that_another_process_holds_is_refused(home: Home) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom evenkeel.app.home import Home\n"
        "from evenkeel.app.offline import opened\n"
        "with opened(Home(Path(sys.argv[1]))):\n    print('open', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(HomeBusyError, match="held by another evenkeel process"), opened(home):
            pass
        other.communicate("")
    with opened(home):
        pass
