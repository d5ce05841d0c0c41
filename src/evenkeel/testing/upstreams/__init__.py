"""Doubles of model providers: real servers on this machine that speak the documented formats, and fail on demand."""

from evenkeel.testing.upstreams.dialect import Voice
from evenkeel.testing.upstreams.openai import openai_upstream
from evenkeel.testing.upstreams.server import Certificate, Upstream
from evenkeel.testing.upstreams.tally import Tally
from evenkeel.testing.upstreams.trouble import Trouble

__all__ = ["Certificate", "Tally", "Trouble", "Upstream", "Voice", "openai_upstream"]
