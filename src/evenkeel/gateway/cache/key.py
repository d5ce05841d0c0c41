"""Which requests are the same: what an answer is kept under (SPEC GW-5).

Two requests have one key only when whoever sent them may be given each other's answers, and when nothing that
could change the answer differs. The second is decided by leaving out, not by picking: a field that is not known
here is part of the key.

| left out | of | why |
|---|---|---|
| `user`, `safety_identifier` | chat, text_completion, embeddings | name who asks; the partition has who matters |
| `prompt_cache_key` | chat, text_completion | steers the provider's own prompt cache, not the answer |
| `metadata.user_id` | messages | as `user` |

The Responses API repeats all of these in its answer, so there they stay: nobody is to be shown another's id.
Other `metadata`, `stream` and `stream_options` always stay: a stream is never given where a plain answer was asked
for, nor the other way round, nor a usage event to who asked for none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, cast

from evenkeel.gateway.cache.model import CachePolicy, Partition
from evenkeel.kernel.facts import fact
from evenkeel.observe.events import jsontext

#: Begins all that a key is made of; raised when that changes. The key has 256 bits: whoever can send requests can
#: look for two with one key, and must not find any. SHA-256, because processors know it: half of what BLAKE2b takes.
_VERSION: Final = b"evenkeel.cache.2"
_WRITING: Final = frozenset(("chat", "text_completion", "responses", "messages"))
_REPEATABLE: Final = frozenset(("embeddings", "invocations", "infer"))
_WHO_ASKS: Final = frozenset(("user", "safety_identifier", "prompt_cache_key"))
_LEFT_OUT: Final[Mapping[str, frozenset[str]]] = {
    "chat": _WHO_ASKS,
    "text_completion": _WHO_ASKS,
    "embeddings": _WHO_ASKS - {"prompt_cache_key"},
}
#: What lets a model reach beyond the request: the answer may ask for a deed, or tell of the world as it is now.
_TOOLS: Final = frozenset(("tools", "functions", "mcp_servers", "web_search_options"))
#: What goes on at the provider after, or beside, the answer: giving one again would leave that undone.
_KEPT_THERE: Final = frozenset(("conversation", "background", "container"))
#: How many answers are asked for at once.
_CHOICES: Final = ("n", "best_of")
#: Most requests have none of these: then the temperature alone decides.
_UNUSUAL: Final = frozenset((*_TOOLS, *_KEPT_THERE, *_CHOICES, "seed"))
#: Headers that change what is answered, or in which form.
_TELLING: Final = (
    b"accept", b"anthropic-beta", b"anthropic-version", b"content-type", b"openai-beta", b"openai-organization",
    b"openai-project",
)  # fmt: skip
#: Places and ways that are remembered as they enter a key.
_REMEMBERED_MAX: Final = 1_024


@fact
class Way:
    """How a request came: what its body does not say, and what may change its answer.

    V2 names the model in the target, Anthropic's clients choose the form of an answer by headers, and another guard
    would have let another answer pass.
    """

    dialect: str
    operation: str  # the name of a `gateway/proxy` operation
    target: bytes = b""  # path and query, as they were sent
    told: tuple[bytes | None, ...] = ()  # by headers, see `telling`
    guard: str = ""


def telling(headers: Mapping[bytes, bytes]) -> tuple[bytes | None, ...]:
    """What headers say that may change an answer; names in lower case. In which order they came does not matter.

    >>> telling({b"accept": b"*/*", b"user-agent": b"x"}) == telling({b"accept": b"*/*"})
    True
    """
    return tuple(map(headers.get, _TELLING))


def cache_key(partition: Partition, way: Way, document: Mapping[str, Any], policy: CachePolicy) -> bytes | None:
    """What the answer to a request is kept under (32 bytes); None when it is neither kept nor looked for.

    `document` is the body as `jsontext.load` reads it, of the request as it goes to the upstream. Not cacheable are:
    operations that are not known; a caller or, where the policy keeps users apart, a user who is not known; what
    chance has a part in, or what offers tools, unless the policy says so; and what leaves something behind at the
    provider. Order of fields and white space do not matter; 1, 1.0, "1" and true are four values.

    >>> policy = CachePolicy(ttl_s=60)
    >>> bot, chat = Partition("team", "production", "bot", "v1"), Way("openai", "chat")
    >>> asked = {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "Hello"}]}
    >>> key = cache_key(bot, chat, asked, policy)
    >>> key == cache_key(bot, chat, {"user": "u", **asked}, policy)
    True
    >>> key == cache_key(bot, chat, {"stream": True, **asked}, policy)
    False
    >>> cache_key(bot, chat, {**asked, "temperature": 0.7}, policy) is None
    True
    """
    if not _may_keep(partition, way.operation, document, policy):
        return None
    try:
        said = jsontext.dump(_without_who_asks(way.operation, document), is_sorted=True)
        place = _way(way) + _whose(partition)
    except ValueError:  # too deep, or text that is none
        return None
    return sha256(place + said).digest()


@lru_cache(maxsize=_REMEMBERED_MAX)
def _whose(partition: Partition) -> bytes:
    user = "" if partition.user is None else str(partition.user)
    whose = (partition.tenant, partition.environment, partition.service, partition.version, user)
    return b"".join([_sized(part.encode()) for part in whose])


@lru_cache(maxsize=_REMEMBERED_MAX)
def _way(way: Way) -> bytes:
    texts = (way.dialect.encode(), way.operation.encode(), way.target, way.guard.encode("utf-8", "surrogatepass"))
    return b"".join(map(_sized, (_VERSION, *texts, *(value or b"" for value in way.told))))


def _sized(part: bytes) -> bytes:
    """A part after its length, so that no two lists of parts read alike."""
    return b"%d:%b" % (len(part), part)


def _may_keep(partition: Partition, operation: str, document: Mapping[str, Any], policy: CachePolicy) -> bool:
    if policy.ttl_s <= 0 or not partition.tenant or (policy.is_per_user and partition.user is None):
        return False
    if operation in _REPEATABLE:
        return True
    if operation not in _WRITING:
        return False
    if _UNUSUAL.isdisjoint(document):
        return policy.keeps_sampled or _is_number(document.get("temperature"), 0)
    if not _KEPT_THERE.isdisjoint(document) and any(document[name] for name in _KEPT_THERE & document.keys()):
        return False
    has_tools = not policy.keeps_tools and not _TOOLS.isdisjoint(document)
    if has_tools and any(_is_given(document[name]) for name in _TOOLS & document.keys()):
        return False
    return policy.keeps_sampled or not has_chance(document)


def _is_given(value: object) -> bool:
    return value is not None and value != []


def has_chance(document: Mapping[str, Any]) -> bool:
    """Whether the same request may well be answered otherwise the next time. What cannot be told counts as yes."""
    for name in _CHOICES:
        count = document.get(name)
        if count is not None and not _is_number(count, 1):
            return True
    seed = document.get("seed")
    if isinstance(seed, int) and not isinstance(seed, bool):
        return False
    return not _is_number(document.get("temperature"), 0)


def _is_number(value: object, wanted: int) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == wanted


def _without_who_asks(operation: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    if operation == "messages":
        metadata = document.get("metadata")
        if not isinstance(metadata, dict) or "user_id" not in metadata:
            return document
        rest = {name: value for name, value in cast("dict[str, Any]", metadata).items() if name != "user_id"}
        others = {name: value for name, value in document.items() if name != "metadata"}
        return {**others, "metadata": rest} if rest else others
    left_out = _LEFT_OUT.get(operation)
    if left_out is None or left_out.isdisjoint(document):
        return document
    rest = dict(document)
    for name in left_out:
        rest.pop(name, None)
    return rest
