from evenkeel.gateway.metering.model import Attempt, Metered, UsageSource
from evenkeel.observe.events.context import Usage


def test_an_attempt_that_says_nothing_used_nothing() -> None:
    attempt = Attempt("eu", "v1", "openai", "gpt-x", began_us=1, ended_us=2, first_byte_us=None, status=None)
    assert attempt.metered == Metered.nothing() == Metered(Usage(), UsageSource.NONE)
