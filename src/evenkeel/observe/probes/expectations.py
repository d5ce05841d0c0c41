"""Whether an answer is what a probe expects. Pure; details name what was expected, never what came."""

from __future__ import annotations

import json
import re
from typing import Any, Final, cast

from evenkeel.kernel.event import Outcome
from evenkeel.observe.probes.model import GoldenTarget, HttpTarget, Result

#: Regular expressions look at this much of a body: theirs is the only work here that may grow faster than its input.
MATCHED_CHARACTERS_MAX: Final = 16 * 1024
_DEPTH_MAX: Final = 16


def judge_http(target: HttpTarget, status: int, body: bytes, latency_s: float) -> Result:
    """The result of an HTTP probe.

    >>> judge_http(HttpTarget("http://localhost/", body_contains="ready"), 200, b"ready", 0.1).outcome
    'good'
    >>> judge_http(HttpTarget("http://localhost/"), 503, b"", 0.1).reason
    'http_503'
    """
    reason, detail = _fault(target, status, body, latency_s)
    outcome = Outcome.BAD if reason else Outcome.GOOD
    return Result(outcome.value, reason, latency_s=latency_s, status_code=status, detail=detail)


def _fault(target: HttpTarget, status: int, body: bytes, latency_s: float) -> tuple[str, str]:
    """(reason, sentence) of the first expectation that is not met, or two empty texts."""
    if status not in target.statuses if target.statuses else not 200 <= status <= 299:
        return f"http_{status}", f"It answered {status}."
    text = body.decode("utf-8", "replace")
    if target.body_contains and target.body_contains not in text:
        return "expectation_body", f"The body does not hold {target.body_contains!r}."
    if target.body_matches and re.search(target.body_matches, text[:MATCHED_CHARACTERS_MAX]) is None:
        return "expectation_body", f"The body does not match {target.body_matches!r}."
    if target.json_equals:
        document, is_json = _parse(body)
        if not is_json:
            return "expectation_json", "The body is no JSON."
        for path, wanted in target.json_equals.items():
            found = look_up(document, path)
            if found != [wanted] or isinstance(found[0], bool) != isinstance(wanted, bool):  # True == 1 here only
                return "expectation_json", f"{path} is not {json.dumps(wanted)}."
    if target.latency_s_max is not None and latency_s > target.latency_s_max:
        return "slow", f"It took {latency_s:.2f} s; {target.latency_s_max:g} s are allowed."
    return "", ""


def judge_golden(target: GoldenTarget, status: int, body: bytes, latency_s: float) -> Result:
    """The result of a golden probe: `value` is the share of the expected pieces and documents that was found."""
    plain = judge_http(target.request, status, body, latency_s)
    if plain.outcome != Outcome.GOOD.value and plain.reason != "slow":
        return plain
    text, documents = body.decode("utf-8", "replace"), list[Any]()
    if target.answer_path or target.documents_path:
        document, is_json = _parse(body)
        if not is_json:
            return Result(
                Outcome.BAD.value, "expectation_json", latency_s=latency_s, status_code=status,
                detail="The body is no JSON.",
            )  # fmt: skip
        documents = look_up(document, target.documents_path) if target.documents_path else []
        if target.answer_path:
            text = "\n".join(map(str, look_up(document, target.answer_path)))
    folded, names = text.casefold(), set(map(str, _flat(documents)))
    missing = [piece for piece in target.answer_contains if piece.casefold() not in folded]
    lost = [name for name in target.documents if name not in names]
    wanted = len(target.answer_contains) + len(target.documents)
    recall = 1.0 - (len(missing) + len(lost)) / wanted if wanted else 1.0
    reason, detail = plain.reason, plain.detail
    if lost:
        reason, detail = "golden_documents", f"Not among the documents: {', '.join(lost)}."
    elif missing:
        reason, detail = "golden_answer", f"The answer does not hold {', '.join(map(repr, missing))}."
    outcome = Outcome.BAD if reason else Outcome.GOOD
    return Result(outcome.value, reason, latency_s, status, recall, "recall", detail)


def look_up(document: Any, path: str) -> list[Any]:
    """What stands at a path such as `choices.0.message.content` or `sources.*.id`; nothing where it leads nowhere.

    >>> look_up({"sources": [{"id": "a"}, {"id": "b"}]}, "sources.*.id")
    ['a', 'b']
    """
    found = [document]
    for part in path.split(".")[:_DEPTH_MAX] if path else []:
        found = [inner for item in found for inner in _step(item, part)]
    return found


def _step(item: Any, part: str) -> list[Any]:
    if isinstance(item, dict):
        entries = cast("dict[str, Any]", item)
        if part in entries:
            return [entries[part]]
        return list(entries.values()) if part == "*" else []
    if isinstance(item, list):
        rows = cast("list[Any]", item)
        if part == "*":
            return list(rows)
        return [rows[int(part)]] if part.isascii() and part.isdigit() and int(part) < len(rows) else []
    return []


def _flat(found: list[Any]) -> list[Any]:
    """A path may end at a list of documents, or at each of them."""
    return [inner for item in found for inner in (item if isinstance(item, list) else [item])]  # pyright: ignore[reportUnknownVariableType]


def _parse(body: bytes) -> tuple[Any, bool]:
    try:
        return json.loads(body), True
    except (ValueError, RecursionError):
        return None, False
