"""Whether a change is in force: what workers say of the table they go by."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.web.gateway_workers import GatewayStanding, GatewayWorker, await_taken, standing_document, worker_rows


def worker(name: str, generation: int | None, *, alive: bool = True) -> GatewayWorker:
    return GatewayWorker(name, 4181, 7, alive, generation)


def standing(*workers: GatewayWorker) -> GatewayStanding:
    return GatewayStanding(5, 1_000, workers)


class Looks:
    """What is seen at each look; the last one for ever. The clock moves on by `step_s` at each reading."""

    def __init__(self, seen: Sequence[GatewayStanding], step_s: float = 0.05) -> None:
        self.seen, self.step_s, self.now_s = list(seen), step_s, 0.0

    def __call__(self) -> GatewayStanding:
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]

    def monotonic_s(self) -> float:
        self.now_s += self.step_s
        return self.now_s


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ([standing(worker("g0", 4)), standing(worker("g0", 5))], "In force in the one worker after 100 ms."),
        ([standing(worker("g0", 6), worker("g1", 5))], "In force in all 2 workers after 50 ms."),
        ([standing(worker("g0", 5), worker("g1", 4, alive=False))], "In force in the one worker after 50 ms."),
        ([standing(worker("g0", 5), worker("g1", 4))], "not in force everywhere: g1 did not take it within 1 s"),
        ([standing(worker("g0", 5), worker("g1", None))], "unknown: g1 did not say"),
        ([standing(worker("g0", 5, alive=False))], "No gateway worker is alive"),
        ([standing()], "No gateway worker is alive"),
    ],
)
def test_a_change_is_called_in_force_only_when_all_who_answer_say_so(looks: list[GatewayStanding], said: str) -> None:
    seen = Looks(looks)
    assert said in await_taken(seen, seen.monotonic_s)


def test_a_clock_that_stands_still_makes_nobody_wait_for_ever() -> None:
    seen = Looks([standing(worker("g0", 5), worker("g1", 4))], step_s=0.0)
    assert "g1 did not take it within 1 s" in await_taken(seen, seen.monotonic_s)


def test_a_worker_is_behind_only_when_it_had_the_time_that_is_promised() -> None:
    seen = standing(worker("g0", 5), worker("g1", 4), worker("g2", None), worker("g3", 5, alive=False))
    late = [(row["sign"], row["word"]) for row in worker_rows(seen, 1_000 + 2 * US_PER_SECOND)]
    assert late == [("ok", "alive"), ("warning", "behind"), ("unknown", "alive"), ("warning", "gone")]
    assert worker_rows(seen, 1_001)[1]["word"] == "alive"


def test_whether_all_have_taken_a_table_is_unknown_where_one_does_not_say() -> None:
    assert standing(worker("g0", 5), worker("g1", 6)).has_taken(5) is True
    assert standing(worker("g0", 5), worker("g1", 4)).has_taken(5) is False
    assert standing(worker("g0", 5), worker("g1", None)).has_taken(5) is None
    assert standing(worker("g0", 5, alive=False)).has_taken(5) is None


def test_nothing_published_has_no_moment() -> None:
    assert standing_document(GatewayStanding()) == {"generation": 0, "published_at": None, "port": None, "workers": []}
    assert standing_document(standing(worker("g0", 5)))["published_at"] is not None
