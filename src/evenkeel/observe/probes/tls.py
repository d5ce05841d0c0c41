"""TLS probes: whether a certificate is good, and for how many days still."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any, Final

from evenkeel.kernel.event import Outcome
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND
from evenkeel.observe.probes.failures import ProbeError
from evenkeel.observe.probes.model import Result, TlsTarget
from evenkeel.observe.probes.wire import Address, connected, tls_context

#: X509_V_FLAG_NO_CHECK_TIME: the dates are judged here, so that an expired certificate still tells its day.
_NO_CHECK_TIME: Final = 0x200000


async def ask_tls(target: TlsTarget, clock: Clock, timeout_s: float) -> Result:
    """What a server's certificate says. Raises OSError (ssl's too) and ProbeError."""
    context = tls_context(ca_file=target.ca_file)
    context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    began_s = clock.monotonic_s()
    async with connected(Address(target.host, target.port, context), timeout_s) as (_, writer):
        certificate: Mapping[str, Any] | None = writer.get_extra_info("peercert")
    if not certificate:
        raise ProbeError("tls", "It shows no certificate.")
    return judge_certificate(target, certificate, clock.now_us(), clock.monotonic_s() - began_s)


def judge_certificate(target: TlsTarget, certificate: Mapping[str, Any], now_us: int, latency_s: float) -> Result:
    """The result for a certificate that is trusted; `value` is the days until it expires, negative afterwards."""
    ends_us = ssl.cert_time_to_seconds(certificate["notAfter"]) * US_PER_SECOND
    begins_us = ssl.cert_time_to_seconds(certificate["notBefore"]) * US_PER_SECOND
    days = (ends_us - now_us) / US_PER_DAY
    if days <= 0:
        reason, detail = "tls_expired", f"Its certificate expired {-days:.1f} days ago."
    elif begins_us > now_us:
        reason, detail = "tls_not_yet_valid", "Its certificate is not valid yet."
    elif days < target.days_min:
        reason = "tls_expires_soon"
        detail = f"Its certificate expires in {days:.1f} days; {target.days_min:g} are the least."
    else:
        reason, detail = "", ""
    outcome = Outcome.BAD if reason else Outcome.GOOD
    return Result(outcome.value, reason, latency_s=latency_s, value=days, value_kind="days", detail=detail)
