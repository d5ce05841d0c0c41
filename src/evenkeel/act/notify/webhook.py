"""The generic webhook: the whole message as a signed JSON document (docs/how-to/notify-formats.md).

| limit | value | reason |
|---|---|---|
| body | 512,000 bytes | ours; common servers take 1 MB, texts are shortened to fit |
| facts, links, labels | 50 each | ours |
| signature | one for each secret, at most 2 in use while one is changed | ours |
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from evenkeel.act.notify.answers import NOTHING_TO_SAY, read_failure, secret_parts
from evenkeel.act.notify.cutting import cut, fit, fit_key, one_line
from evenkeel.act.notify.model import Message, Receipt, Request, Response
from evenkeel.act.notify.phrasing import identify_message, links_of, title_of, to_json
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import US_PER_SECOND, isoformat

VERSION: Final = 1
KEY_LENGTH_MAX: Final = 255
BODY_BYTES_MAX: Final = 512_000
TEXT_LENGTH_MAX: Final = 50_000
TITLE_LENGTH_MAX: Final = 1_000
ENTRIES_MAX: Final = 50
URL_LENGTH_MAX: Final = 2_048
SIGNATURE_HEADER: Final = "evenkeel-signature"
DELIVERY_HEADER: Final = "evenkeel-delivery"


def sign(secrets: Sequence[str], at_s: int, body: bytes) -> str:
    """The signature's header: when it was made, and one HMAC-SHA256 of `at_s.body` for each secret.

    >>> sign(["s"], 1, b"{}")
    't=1,v1=b253639bcd705ed1cda3073f66104f16988bd40272584dea7d0d345ae93e61cc'
    """
    signed = b"%d." % at_s + body
    codes = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at_s}", *(f"v1={code}" for code in codes)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Any server that takes our document. Several `secrets` are in use while one is changed."""

    url: str
    site_url: str
    clock: Clock
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def render(self, message: Message, thread: Mapping[str, Any] | None) -> tuple[Request, ...]:
        """The message, signed now."""
        body = fit(lambda budget: to_json(self._document(message, budget)), BODY_BYTES_MAX, TEXT_LENGTH_MAX)
        headers = {"content-type": "application/json", DELIVERY_HEADER: identify_message(message)}
        if self.secrets:
            headers[SIGNATURE_HEADER] = sign(self.secrets, self.clock.now_us() // US_PER_SECOND, body)
        return (Request(self.url, body, headers),)

    def read(self, message: Message, responses: tuple[Response, ...], thread: Mapping[str, Any] | None) -> Receipt:
        """Delivered when it was answered 2xx."""
        if not responses:
            return NOTHING_TO_SAY
        failure = read_failure(responses[0], (*self.secrets, *secret_parts(self.url)))
        return failure or Receipt(delivered=True, retry=False, detail=f"Answered {responses[0].status}.")

    def _document(self, message: Message, budget: int) -> dict[str, Any]:
        def name(text: str) -> str:
            return cut(one_line(text), min(budget, 255))

        short = min(budget, 2_000)
        links = links_of(message, self.site_url, URL_LENGTH_MAX)[:ENTRIES_MAX]
        labels = sorted(message.labels.items())[:ENTRIES_MAX]
        return {
            "version": VERSION,
            "event": message.event.value,
            "dedup_key": fit_key(message.dedup_key, KEY_LENGTH_MAX),
            "level": message.level.value,
            "title": cut(title_of(message), min(budget, TITLE_LENGTH_MAX)),
            "text": cut(message.text, budget),
            "environment": name(message.environment),
            "service": name(message.service),
            "at": isoformat(message.at_us),
            "facts": [{"name": name(key), "value": cut(value, short)} for key, value in message.facts[:ENTRIES_MAX]],
            "links": [{"words": name(words), "url": url} for words, url in links],
            "labels": {name(key): cut(value, short) for key, value in labels},
        }
