"""Answers collected while they are sent, and given again byte by byte, in the pieces in which they came."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from evenkeel.gateway.cache.model import CachedAnswer, CachePolicy
from evenkeel.gateway.metering.model import Metered

Headers = Iterable[tuple[bytes, bytes]]

#: Headers that are about one exchange, not about what was answered; names in lower case.
_ONCE: Final = frozenset(
    (
        b"age", b"cf-ray", b"connection", b"content-length", b"date", b"keep-alive", b"openai-processing-ms",
        b"request-id", b"retry-after", b"server-timing", b"set-cookie", b"trailer", b"transfer-encoding",
        b"x-request-id",
    )
)  # fmt: skip
_ONCE_PREFIXES: Final = (b"x-ratelimit-", b"anthropic-ratelimit-", b"x-evenkeel-")
#: Names of headers that are remembered as lasting or not.
_NAMES_MAX: Final = 256


class Keeping:
    """Collects the pieces of one answer as they go to the caller.

    `needs_finish`: whether only an answer with a finish reason is whole, as with everything that writes text. A
    stream that ends in an error has none, although its status is 200.
    """

    def __init__(self, policy: CachePolicy, *, needs_finish: bool) -> None:
        self._policy = policy
        self._needs_finish = needs_finish
        self._chunks: list[bytes] | None = []  # None: too large to be kept
        self._bytes = 0

    def add(self, chunk: bytes) -> None:
        """Remember a piece, unless the answer has become too large: then nothing of it is held any longer."""
        if self._chunks is None:
            return
        self._bytes += len(chunk)
        if self._bytes > self._policy.answer_bytes_max:
            self._chunks = None
            return
        self._chunks.append(bytes(chunk))

    def finish(self, status: int, headers: Headers, metered: Metered, now_us: int) -> CachedAnswer | None:
        """The answer to keep, once all of it was received and sent; None when it is not one to give again.

        Only status 200 is kept: an error may be gone at the next request. Header names come in lower case; those
        that are about this exchange (ids, rate limits, cookies, dates) are left out.
        """
        if status != 200 or not self._chunks or (self._needs_finish and not metered.finish):
            return None
        until_us = now_us + round(self._policy.ttl_s * 1_000_000)
        lasting = [pair for pair in headers if _lasts(pair[0])]
        return CachedAnswer(status, tuple(lasting), tuple(self._chunks), metered, now_us, until_us)


@lru_cache(maxsize=_NAMES_MAX)
def _lasts(name: bytes) -> bool:
    return name not in _ONCE and not name.startswith(_ONCE_PREFIXES)


def replay_headers(answer: CachedAnswer, now_us: int) -> list[tuple[bytes, bytes]]:
    """The headers an answer is given again with: its own and its age in whole seconds (RFC 9111 §5.1)."""
    age_s = max(0, now_us - answer.kept_at_us) // 1_000_000
    return [*answer.headers, (b"age", b"%d" % age_s)]
