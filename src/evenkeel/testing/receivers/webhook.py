"""A server that takes the generic webhook as its reference page documents it, and checks its signature."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any, Final

from evenkeel.testing.receivers.checks import (
    WrongFormatError,
    as_list,
    as_moment,
    as_object,
    as_text,
    as_url,
    as_word,
    only,
    read_json,
)
from evenkeel.testing.receivers.server import Received, Receiver, Refusal, Reply

SECRET: Final = "a secret of a test"  # noqa: S105
BODY_BYTES_MAX: Final = 512_000

_FIELDS: Final = (
    "version", "event", "dedup_key", "level", "title", "text", "environment", "service", "at", "facts", "links",
    "labels",
)  # fmt: skip
_SIGNATURE: Final = re.compile(r"t=(\d{1,12})((?:,v1=[0-9a-f]{64}){1,3})")


class WebhookReceiver(Receiver):
    """A server of somebody's own. `now_s` is its clock for the age of signatures; None: any age."""

    def __init__(self, secret: str | None = SECRET, now_s: int | None = None) -> None:
        self.secret = secret
        self.now_s = now_s
        self.documents: dict[str, dict[str, Any]] = {}  # by delivery: one that came twice is here once
        super().__init__()

    @property
    def webhook_url(self) -> str:
        """Where it takes documents."""
        return f"{self.url}/hooks/evenkeel"

    def answer(self, request: Received) -> Reply:
        """204 for a document that is right and signed, 401 or 400 else."""
        if self.secret is not None and not self._is_signed(request):
            raise Refusal(Reply(401, b"wrong signature"), "the signature is wrong")
        try:
            delivery = as_text(request.headers.get("evenkeel-delivery"), "evenkeel-delivery", 32, 32)
            self.documents[delivery] = _check(read_json(request.body, BODY_BYTES_MAX))
        except WrongFormatError as error:
            raise Refusal(Reply(400, str(error).encode()), str(error)) from error
        return Reply(204)

    def _is_signed(self, request: Received) -> bool:
        found = _SIGNATURE.fullmatch(request.headers.get("evenkeel-signature", ""))
        if found is None or (self.now_s is not None and abs(self.now_s - int(found[1])) > 300):
            return False
        expected = hmac.new((self.secret or "").encode(), f"{found[1]}.".encode() + request.body, hashlib.sha256)
        codes = [code.removeprefix("v1=") for code in found[2].split(",") if code]
        return any(hmac.compare_digest(expected.hexdigest(), code) for code in codes)


def _check(document: dict[str, Any]) -> dict[str, Any]:
    only(document, "the document", _FIELDS)
    if document["version"] != 1:
        raise WrongFormatError("version is not 1")
    as_word(document["event"], "event", ("trigger", "acknowledge", "resolve", "change", "test"))
    as_word(document["level"], "level", ("critical", "error", "warning", "info"))
    as_text(document["dedup_key"], "dedup_key", 255)
    as_text(document["title"], "title", 1_000)
    as_text(document["text"], "text", 50_000, 0)
    as_text(document["environment"], "environment", 255, 0)
    as_text(document["service"], "service", 255, 0)
    as_moment(document["at"], "at")
    for number, each in enumerate(as_list(document["facts"], "facts", 50)):
        fact = as_object(each, f"facts[{number}]")
        only(fact, f"facts[{number}]", ("name", "value"))
        as_text(fact["name"], f"facts[{number}].name", 255, 0)
        as_text(fact["value"], f"facts[{number}].value", 2_000, 0)
    for number, each in enumerate(as_list(document["links"], "links", 50)):
        link = as_object(each, f"links[{number}]")
        only(link, f"links[{number}]", ("words", "url"))
        as_text(link["words"], f"links[{number}].words", 255)
        as_url(link["url"], f"links[{number}].url")
    for name, value in as_object(document["labels"], "labels").items():
        as_text(name, "a label's name", 255, 0)
        as_text(value, f"labels.{name}", 2_000, 0)
    return document
