"""What OpenSLO v1 cannot say and we write into annotations, and how our own SLIs look as metric sources.

OpenSLO has one condition with one lookback window per alert policy; pages need two windows. The annotations carry
what is lost: whoever reads them gets the SLO back as it was, whoever does not gets alerts that reset late.
"""

from __future__ import annotations

from typing import Any, Final

from evenkeel.judge.slo.model import ErrorsSli, LatencySli, MinutesSli, ProbesSli

PREFIX: Final = "evenkeel.dev"
ALERTS: Final = f"{PREFIX}/alerts"  # of an SLO: the catalogue of its burn rules, none, or AUTO
AUTO: Final = "auto"  # the catalogue that fits target and window
SERVICE: Final = f"{PREFIX}/service"  # of an SLO: its service, which may not be a DNS label
ENVIRONMENT: Final = f"{PREFIX}/environment"
SLO: Final = f"{PREFIX}/slo"  # of an SLO: its name within the service
TARGET: Final = f"{PREFIX}/target"  # of an SLO whose parts burn together: the target of the whole
PART: Final = f"{PREFIX}/part"  # of an inline indicator: the SLO of the same service that it is
SHORT_WINDOW: Final = f"{PREFIX}/short-window"  # of an AlertCondition: must be burning in this one too

#: `type` of a metric source that is our own telemetry; its spec names what is counted.
SOURCE_TYPE: Final = "evenkeel"
COUNT: Final = "count"
THAN: Final = "than"
PROBES: Final = "probes"  # names of those whose runs count; left out: all probes of the service itself
FAILED_PROBES: Final = "failed_probes"

OwnSli = ErrorsSli | LatencySli | MinutesSli | ProbesSli

#: (what is bad, of what) by SLI.
_COUNTS: Final[dict[type[OwnSli], tuple[str, str]]] = {
    ErrorsSli: ("errors", "requests"),
    LatencySli: ("slower_requests", "timed_requests"),
    MinutesSli: ("bad_minutes", "minutes"),
    ProbesSli: (FAILED_PROBES, "probes"),
}
#: What the counts of bad ones are in our configuration.
COUNTED: Final = {"errors": "errors", "bad_minutes": "availability", FAILED_PROBES: "probes"}
SLOWER: Final = "slower_requests"


def ratio_of(sli: OwnSli) -> dict[str, Any]:
    """An SLI of ours as a ratioMetric."""
    bad, total = _COUNTS[type(sli)]
    spec = {COUNT: bad, **_names(sli)} | ({THAN: f"{sli.threshold_s:g}s"} if isinstance(sli, LatencySli) else {})
    return {
        "counter": True,
        "bad": {"metricSource": {"type": SOURCE_TYPE, "spec": spec}},
        "total": {"metricSource": {"type": SOURCE_TYPE, "spec": {COUNT: total, **_names(sli)}}},
    }


def _names(sli: OwnSli) -> dict[str, Any]:
    return {PROBES: list(sli.names)} if isinstance(sli, ProbesSli) and sli.names else {}
