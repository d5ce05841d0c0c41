"""What one answer used, from its bytes as they pass (SPEC GW-8).

What the provider says at the end is believed unless it cannot be true. Where it says nothing, a bound is stated:
tokens of what was seen, or the length that was asked for. Errors are not billed (OpenAI, Anthropic), but for those
that say that somebody on the way gave up waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from evenkeel.gateway.metering import anthropic, mlflow, open_inference, openai
from evenkeel.gateway.metering.counting import LearnedRates
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.gateway.metering.plain_chat import read_plain_chat
from evenkeel.gateway.metering.reading import Reading, object_of
from evenkeel.gateway.metering.sse import SseScanner
from evenkeel.kernel.facts import fact
from evenkeel.observe.events import jsontext
from evenkeel.observe.events.context import TOKENS_MAX, Usage

Reader = Callable[[Reading, Mapping[str, Any]], None]

#: A plain answer is held this far; of a longer one its end is, where the usage stands.
BODY_BYTES_MAX: Final = 1024 * 1024
TAIL_BYTES: Final = 64 * 1024

_PROVIDER: Final = UsageSource.PROVIDER  # a member of an enum costs a call each time it is asked for
_WRITING: Final = frozenset(("chat", "text_completion", "responses", "messages"))
_GAVE_UP: Final = frozenset((408, 504, 524))
_BLANKS: Final = b" \t\r\n"
_BOM: Final = b"\xef\xbb\xbf"
#: What the first line of an event stream may begin with: data, event, id, retry, a comment.
_STREAM_STARTS: Final = b"deir:"

#: (dialect, operation) -> how the whole answer is read, and one event of a stream.
_READERS: Final[Mapping[tuple[str, str], tuple[Reader, Reader]]] = {
    ("openai", "chat"): (openai.read_chat, openai.read_chat),
    ("openai", "text_completion"): (openai.read_chat, openai.read_chat),
    ("openai", "embeddings"): (openai.read_embeddings, openai.read_embeddings),
    ("openai", "responses"): (openai.read_response, openai.read_response_event),
    ("anthropic", "messages"): (anthropic.read_message, anthropic.read_message_event),
    ("mlflow", "invocations"): (mlflow.read_invocation, mlflow.read_invocation),
    ("v2", "infer"): (open_inference.read_inference, open_inference.read_inference),
}


@fact
class RequestSize:
    """What bounds the usage of an attempt before anything is said of it."""

    bytes_in: int  # of the body
    model: str  # as it was asked for
    output_max: int | None  # tokens of each choice, what is thought included
    choices: int = 1


class AnswerMeter:
    """Of one attempt. Holds at most 4 MiB, and never raises for what an upstream sends.

    >>> meter = AnswerMeter("openai", "chat", False, RequestSize(200, "gpt-x", None), LearnedRates())
    >>> meter.feed(b'{"id": "c-1", "choices": [{"message": {"content": "Yes"}, "finish_reason": "stop"}],')
    >>> meter.feed(b' "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}}')
    >>> metered = meter.finish(200, is_cut=False)
    >>> metered.usage.tokens_in, metered.usage.tokens_out, metered.source.value
    (9, 2, 'provider')
    """

    __slots__ = (
        "_body", "_body_bytes", "_collected", "_is_known", "_is_last_usage", "_is_streaming", "_operation", "_rates",
        "_read_event", "_read_whole", "_reading", "_request", "_scanner", "_unread_bytes",
    )  # fmt: skip

    def __init__(
        self,
        dialect: str,
        operation: str,
        is_streaming: bool,  # noqa: FBT001 - all five stand in the order in which a worker knows them
        request: RequestSize,
        rates: LearnedRates,
    ) -> None:
        self._operation = operation
        self._is_streaming = is_streaming
        self._request = request
        self._rates = rates
        readers = _READERS.get((dialect, operation))
        self._is_known = readers is not None
        self._read_whole, self._read_event = readers or _READERS["openai", "chat"]
        self._reading = Reading()
        self._scanner: SseScanner | None = None
        self._body: bytes | bytearray | None = None  # as it came, where it came in one piece
        self._body_bytes = 0
        self._collected: bytes | bytearray | None = None
        self._unread_bytes = 0  # of events that could not be read: they may be text
        self._is_last_usage = False  # the last event told the usage

    def collect(self) -> None:
        """Remember what is said, for whoever evaluates it."""
        self._reading.texts = []

    @property
    def answer(self) -> str | None:
        """What was said, where it was to be remembered; None too where nothing but tools was called."""
        return self._reading.answer

    @property
    def body(self) -> bytes | bytearray | None:
        """A whole answer that is no text, where it was to be remembered; of one beyond 1 MiB, its end."""
        return self._collected

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the answer."""
        if self._scanner is not None:
            self._read_events(self._scanner.feed(chunk))
        elif self._body is not None:
            self._keep(chunk)
        else:
            self._begin(chunk)

    def finish(self, status: int | None, *, is_cut: bool) -> Metered:
        """What was used. `status` is None when no answer came; `is_cut`: it did not come to its end."""
        reading = self._reading
        if self._scanner is not None:
            self._read_events(self._scanner.finish())
            self._unread_bytes += self._scanner.dropped
        elif self._body is not None:
            self._read_body(self._body)
            if reading.texts is not None and self._operation not in _WRITING:
                self._collected = self._body
            self._body = None
        reading.text_bytes += self._unread_bytes
        if status is not None and status >= 400 and status not in _GAVE_UP and not reading.tokens_in:
            return self._metered(Usage(), UsageSource.NONE, is_ended=False)
        has_answered = status is not None and status < 400
        return self._judge(is_whole=has_answered and not is_cut)

    def _begin(self, chunk: bytes) -> None:
        """Find out by its beginning whether this is a stream: servers answer plainly when a stream is asked for."""
        first = chunk.lstrip(_BLANKS)[:1]
        if not first:
            return
        if first not in b"{[" and (self._is_streaming or first in _STREAM_STARTS):
            self._scanner = SseScanner()
            self._read_events(self._scanner.feed(chunk))
        else:
            self._body, self._body_bytes = chunk, len(chunk)
            self._cut()

    def _keep(self, chunk: bytes) -> None:
        body = self._body
        assert body is not None
        self._body_bytes += len(chunk)
        if isinstance(body, bytes):
            body = self._body = bytearray(body)
        body += chunk
        self._cut()

    def _cut(self) -> None:
        """Keep the end of a long body."""
        if self._body_bytes > BODY_BYTES_MAX and self._body is not None and len(self._body) > 2 * TAIL_BYTES:
            self._body = bytearray(self._body[-TAIL_BYTES:])

    def _read_events(self, events: list[bytes]) -> None:
        reading = self._reading
        for data in events:
            try:
                document: Any = jsontext.load(data)
            except ValueError:
                if data.strip() == b"[DONE]":
                    reading.is_done = reading.is_done or self._operation != "messages"
                else:
                    self._unread_bytes += len(data)
                continue
            said = object_of(document)
            if said:
                before, reading.usage_at = reading.usage_at, ""
                self._read_event(reading, said)
                self._is_last_usage = bool(reading.usage_at)
                reading.usage_at = reading.usage_at or before
            else:
                self._unread_bytes += len(data)

    def _read_body(self, body: bytes | bytearray) -> None:
        reading = self._reading
        text = bytes(body).removeprefix(_BOM)
        if self._body_bytes > BODY_BYTES_MAX or self._operation == "embeddings":
            document = _read_tail(text)
            if document is not None or self._body_bytes > BODY_BYTES_MAX:
                self._read_whole(reading, object_of(document))
                self._unread_bytes += self._body_bytes
                reading.is_text = reading.is_text or self._operation in _WRITING
                return
        if self._read_whole is openai.read_chat and read_plain_chat(reading, text):
            return
        try:
            said = object_of(jsontext.load(text))
        except ValueError:
            said = object_of(None)
        if said:
            self._read_whole(reading, said)
        else:
            self._unread_bytes += self._body_bytes

    def _judge(self, *, is_whole: bool) -> Metered:
        """The usage, and what it is worth."""
        reading, request, rates = self._reading, self._request, self._rates
        writes = self._operation in _WRITING or reading.is_text
        if not writes and self._operation != "embeddings" and reading.tokens_in is None and reading.tokens_out is None:
            return self._metered(Usage(), UsageSource.NONE, is_ended=is_whole)  # numbers in, numbers out
        source = _PROVIDER
        tokens_in = reading.tokens_in
        if tokens_in is None:  # 0 was not believed either
            tokens_in = min(rates.upper(request.model, request.bytes_in, "input"), TOKENS_MAX)
            source = rates.source(request.model, request.bytes_in, "input")
        elif is_whole:
            rates.update(request.model, request.bytes_in, tokens_in, "input")
        tokens_out = reading.tokens_out
        if writes and not self._is_final(is_whole=is_whole):
            tokens_out, source_out = self._bound_output(is_whole=is_whole)
            source = _worse(source, source_out)
        elif writes and tokens_out is not None and not self._unread_bytes:
            self._learn_output(tokens_out)
        usage = Usage(tokens_in, reading.tokens_cached, reading.tokens_cache_write, tokens_out)
        return self._metered(usage, source, is_ended=is_whole or reading.finishes > 0)

    def _is_final(self, *, is_whole: bool) -> bool:
        """Whether the provider's figure of the output is its last, and can be true."""
        reading = self._reading
        if reading.tokens_out is None or (reading.tokens_out == 0 and reading.text_bytes > 0):
            return False
        if self._scanner is None:
            return True  # it stood in a document that is whole
        if self._operation == "messages":
            return reading.is_done  # the beginning of a stream says a first figure
        has_ended = reading.is_done or reading.finishes_told >= self._request.choices
        return has_ended or reading.usage_at == "alone" or (is_whole and self._is_last_usage)

    def _bound_output(self, *, is_whole: bool) -> tuple[int | None, UsageSource]:
        """No more than this was written; None where nothing bounds it."""
        reading, request, rates = self._reading, self._request, self._rates
        most = None if request.output_max is None else request.output_max * request.choices
        is_seen = (is_whole and not reading.is_pending) or (
            self._scanner is not None and not rates.hides(request.model)
        )
        if not is_seen:  # it may have been written without our seeing it
            return most, UsageSource.UPPER_BOUND
        seen = rates.upper(request.model, reading.text_bytes, "output")
        bound = min(seen if most is None else min(seen, most), TOKENS_MAX)
        return max(bound, reading.tokens_out or 0), rates.source(request.model, reading.text_bytes, "output")

    def _learn_output(self, tokens_out: int) -> None:
        reading, model = self._reading, self._request.model
        if reading.text_bytes:
            self._rates.update(model, reading.text_bytes, tokens_out, "output")
        thought = reading.tokens_reasoning or 0
        if thought and reading.thinking_bytes < 2 * thought:  # text has two bytes for each token, and more
            self._rates.note_hiding(model)

    def _metered(self, usage: Usage, source: UsageSource, *, is_ended: bool) -> Metered:
        reading = self._reading
        return Metered(
            usage,
            source,
            tokens_reasoning=reading.tokens_reasoning if source is _PROVIDER else None,
            model=reading.model,
            finish=self._finish() if is_ended or reading.errors else "",
            response_id=reading.response_id,
            tier=reading.tier,
            tokens_cache_write_1h=reading.tokens_cache_write_1h,
        )

    def _finish(self) -> str:
        """Why it was finished. Some servers only say that their stream is done: after some text, that is a reason."""
        reading = self._reading
        return reading.finish or ("unknown" if reading.is_done and reading.text_bytes else "")


def read_answer(dialect: str, operation: str, chunks: Sequence[bytes]) -> str | None:
    """What an answer says that is here as a whole, in the pieces in which it came.

    >>> read_answer("openai", "chat", [b'{"choices": [{"message": {"content": "Yes"}, "finish_reason": "stop"}]}'])
    'Yes'
    """
    meter = AnswerMeter(dialect, operation, False, RequestSize(0, "", None), LearnedRates())
    meter.collect()
    for chunk in chunks:
        meter.feed(chunk)
    meter.finish(200, is_cut=False)
    return meter.answer


def _worse(one: UsageSource, other: UsageSource) -> UsageSource:
    return max(one, other, key=_ORDER.__getitem__)


_ORDER: Final = {UsageSource.PROVIDER: 0, UsageSource.COUNTED: 1, UsageSource.UPPER_BOUND: 2, UsageSource.NONE: 0}


def _read_tail(text: bytes) -> Mapping[str, Any] | None:
    """The last members of a document from its usage on, without reading what stands before; None: not found.

    From the right place on, the text closes one object. Anywhere deeper it would close more.
    """
    end = len(text)
    for _ in range(4):
        end = text.rfind(b'"usage"', 0, end)
        if end < 0:
            return None
        try:
            return object_of(jsontext.load(b"{" + text[end:]))
        except ValueError:
            continue
    return None
