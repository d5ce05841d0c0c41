"""Doubles of model providers: real servers on this machine that speak the documented formats, and fail on demand."""

from evenkeel.testing.upstreams.anthropic import anthropic_upstream as anthropic_upstream
from evenkeel.testing.upstreams.dialect import Voice as Voice
from evenkeel.testing.upstreams.mlflow import mlflow_upstream as mlflow_upstream
from evenkeel.testing.upstreams.open_inference import v2_upstream as v2_upstream
from evenkeel.testing.upstreams.openai import openai_upstream as openai_upstream
from evenkeel.testing.upstreams.raw import RawUpstream as RawUpstream
from evenkeel.testing.upstreams.server import Certificate as Certificate
from evenkeel.testing.upstreams.server import Upstream as Upstream
from evenkeel.testing.upstreams.tally import Cut as Cut
from evenkeel.testing.upstreams.tally import Tally as Tally
from evenkeel.testing.upstreams.trouble import Trouble as Trouble
