"""How many spans one span stands for (W3C tracestate, OpenTelemetry `ot`)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.observe.events.context import WEIGHT_MAX
from evenkeel.observe.otlp.sampling import weight_from, weight_of


@pytest.mark.parametrize(
    ("tracestate", "weight"),
    [
        ("ot=th:0", 1.0),
        ("ot=th:8", 2.0),
        ("ot=th:c", 4.0),
        ("ot=th:fd70a3d70a3d7", 100.0),
        ("vendor=1,ot=rv:abc;th:8,other=2", 2.0),
        (" ot=th:8", 2.0),
        ("ot=p:0", 1.0),
        ("ot=p:3;r:5", 8.0),
        ("", 1.0),
        ("vendor=th:8", 1.0),
        ("ot=", 1.0),
    ],
)
def test_what_samplers_write_is_read(tracestate: str, weight: float) -> None:
    found, unknown = weight_of(tracestate)
    assert found == pytest.approx(weight, rel=1e-6)
    assert not unknown


@pytest.mark.parametrize(
    "tracestate",
    [
        "ot=th:",
        "ot=th:zz",
        "ot=th:-8",
        "ot=th:+8",
        "ot=th:0x8",
        "ot=th:1_0",
        "ot=th: 8",
        "ot=th:fffffffffffffff",
        "ot=th:ffffffffffffff",
        "ot=p:-1",
        "ot=p:62",
        "ot=p:63",
        "ot=p:x",
        "ot=th:8" + ";x:1" * 1_000,
    ],
)
def test_what_cannot_be_makes_sampling_unknown_and_never_a_weight(tracestate: str) -> None:
    assert weight_of(tracestate) == (1.0, True)


@given(st.integers(0, 2**56 - 1))
def test_a_threshold_is_the_share_that_is_rejected(rejected: int) -> None:
    weight, unknown = weight_of(f"ot=th:{rejected:014x}")
    true = Fraction(2**56, 2**56 - rejected)
    if true > WEIGHT_MAX:
        assert (weight, unknown) == (1.0, True)
    else:
        assert weight == pytest.approx(float(true), rel=1e-12)
        assert not unknown


@given(st.text(max_size=600))
def test_any_text_is_read_as_something(tracestate: str) -> None:
    weight, _ = weight_of("ot=" + tracestate)
    assert 1.0 <= weight <= WEIGHT_MAX


@pytest.mark.parametrize(
    ("probability", "rate", "expected"),
    [
        (0.1, None, (10.0, False)),
        ("0.5", None, (2.0, False)),
        (1, None, (1.0, False)),
        (None, 20, (20.0, False)),
        (0.1, 20, (10.0, False)),
        (0, None, (1.0, True)),
        (-0.5, None, (1.0, True)),
        (2, None, (1.0, True)),
        (math.nan, None, (1.0, True)),
        (math.inf, None, (1.0, True)),
        (1e-300, None, (1.0, True)),
        (5e-324, None, (1.0, True)),
        (None, 0, (1.0, True)),
        (None, 0.5, (1.0, True)),
        (None, math.inf, (1.0, True)),
        (None, "often", (1.0, True)),
        (None, [3], (1.0, True)),
        (10**400, None, (1.0, True)),
    ],
)
def test_attributes_tell_a_weight_or_that_it_is_unknown(
    probability: Any, rate: Any, expected: tuple[float, bool]
) -> None:
    assert weight_from(probability, rate) == expected
