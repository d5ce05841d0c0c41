"""The client of a Prometheus, or of what speaks its HTTP API: range queries, one point a minute."""

from __future__ import annotations

import http.client
import json
import math
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from evenkeel.kernel.errors import EvenkeelError, InvalidInputError
from evenkeel.kernel.time import US_PER_MINUTE, US_PER_SECOND, Window

TIMEOUT_S: Final = 30.0
#: Its server answers at most 11,000 points; a week of minutes is fewer.
MINUTES_MAX: Final = 10_080
_ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024
_STEP: Final = "60"


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: the headers, and with them the token, would go to whomever it names."""

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> None:
        """None: the redirection is the answer."""

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


_OPENER: Final = urllib.request.build_opener(_Stay)


class SourceAwayError(EvenkeelError):
    """A source that cannot be asked now; what it knows is asked for later."""

    code = "source.away"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Where it is, and what is sent with each query."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    timeout_s: float = TIMEOUT_S

    def minutes(self, query: str, window: Window) -> dict[int, float]:
        """Start of a minute -> the number that the query yields at its end; absent where it yields none.

        Staleness and NaN are absence: nothing is known of such a minute. Raises SourceAwayError, and
        InvalidInputError for a query that it refuses or that yields more than one series.
        """
        first, last = window.start_us + US_PER_MINUTE, window.end_us
        if last < first:
            return {}
        asked = {
            "query": query, "start": first // US_PER_SECOND, "end": last // US_PER_SECOND, "step": _STEP,
        }  # fmt: skip
        found = self._ask(urlencode(asked).encode())
        points = _points(query, found["result"] if found.get("resultType") == "matrix" else [])
        minutes = ((at * US_PER_SECOND - US_PER_MINUTE, value) for at, value in points)
        return {at_us: value for at_us, value in minutes if window.contains(at_us) and math.isfinite(value)}

    def _ask(self, form: bytes) -> Mapping[str, Any]:
        request = urllib.request.Request(  # noqa: S310 the configuration takes http and https only
            f"{self.url.rstrip('/')}/api/v1/query_range",
            data=form,
            headers={"content-type": "application/x-www-form-urlencoded", **self.headers},
        )
        try:
            with _OPENER.open(request, timeout=self.timeout_s) as answer:
                return _data(answer.read(_ANSWER_BYTES_MAX))
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read(_ANSWER_BYTES_MAX)) from None
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "reason", None) or error
            raise SourceAwayError(
                f"It cannot be reached: {why}.", hint="Is its address right, and does it run?"
            ) from None


def _points(query: str, series: Sequence[Mapping[str, Any]]) -> list[tuple[int, float]]:
    """(second, number) of the one series that a query yields."""
    try:
        if len(series) > 1:
            raise InvalidInputError(
                f"{query[:200]!r} yields {len(series)} series; one is needed.", hint="Add them up with sum(…)."
            )
        return [(round(float(at)), float(value)) for one in series for at, value in one["values"]]
    except (ValueError, KeyError, TypeError, OverflowError):  # native histograms have no `values`
        raise InvalidInputError(
            f"{query[:200]!r} yields no numbers.",
            hint="Of a histogram take histogram_count(…) or histogram_fraction(…).",
        ) from None


def _data(body: bytes) -> Mapping[str, Any]:
    try:
        document: Mapping[str, Any] = json.loads(body)
        data: Mapping[str, Any] = document["data"]
        return {"resultType": data["resultType"], "result": data["result"]}
    except (ValueError, KeyError, TypeError):
        raise SourceAwayError(
            "What answers there is no Prometheus.", hint="Name its address without /api/v1."
        ) from None


def _refusal(status: int, body: bytes) -> EvenkeelError:
    if status in (400, 422):  # the query itself: asking again is of no use
        try:
            why = str(json.loads(body)["error"])[:300]
        except (ValueError, KeyError, TypeError):
            why = f"it answers {status}"
        return InvalidInputError(f"It refuses the query: {why}.", hint="Try the query in its own page.")
    if 300 <= status < 400:
        hint = "It points elsewhere, which is not followed: a token would go along. Name the address where it answers."
    else:
        hint = "Name a token in the configuration." if status in (401, 403) else "It is asked again."
    return SourceAwayError(f"It answers {status}.", hint=hint)
