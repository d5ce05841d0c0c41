"""The guard: what it costs a text of 1 KB and a chunk of a stream, what it finds, and what it finds wrongly.

Dense is a finding in each sentence, about ten in 1 KB; full is nothing but findings. The sets are made up
(`evenkeel.testing.guarded_texts`): they say that shapes are known, not how real people write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from bench.cpu import median_cpu_s
from bench.report import Row

from evenkeel.gateway.guard.decide import decide_text
from evenkeel.gateway.guard.entities import Selection, select
from evenkeel.gateway.guard.injection import find_injection
from evenkeel.gateway.guard.model import GuardAction, GuardPolicy, Side
from evenkeel.gateway.guard.scan import scan
from evenkeel.gateway.guard.stream import StreamGuard
from evenkeel.testing.guarded_texts import VALUES, chat_texts, telemetry_texts
from evenkeel.testing.injection_texts import attempts, harmless_texts

HEADING = "Guard: µs of CPU for 1 KB of text, and shares of what is found"
POLICY = GuardPolicy(actions=(("pii", GuardAction.REDACT), ("secrets", GuardAction.REDACT)))
PROSE = (
    "The committee met on Tuesday to talk about the new library. It was agreed that the roof, which had been leaking"
    " for 3 years, should be repaired before winter; the cost would be about 12,500 euros. "
)
DENSE = (
    "Please write to ada@example.org when the order has been packed and is ready to go out. Her phone is"
    " +49 30 901820 between nine and five on weekdays, and the account DE89 3704 0044 0532 0130 00 is billed monthly. "
)
FULL = "ada@example.org +49 30 901820 4111 1111 1111 1111 DE89 3704 0044 0532 0130 00 81.2.69.142 536-22-8726 "
TEXTS = 6_000
ROUNDS = 500


def measure(*, full: bool = False) -> Sequence[Row]:
    """Costs first, then shares by entity."""
    return [*_costs(), *_shares(10 * TEXTS if full else TEXTS), *_injection()]


def _costs() -> list[Row]:
    prose, dense, crowded = ((text * 12)[:1024] for text in (PROSE, DENSE, FULL))
    return [
        Row(
            "clean prose, people and secrets",
            _us(lambda: decide_text(prose, POLICY, Side.OUTPUT)),
            "µs",
            60,
            at_most=True,
        ),
        Row("dense, redacted", _us(lambda: decide_text(dense, POLICY, Side.OUTPUT)), "µs", 150, at_most=True),
        Row("nothing but findings, redacted", _us(lambda: decide_text(crowded, POLICY, Side.OUTPUT)), "µs"),
        Row("injection, clean prose", _us(lambda: find_injection(prose)), "µs"),
        Row(
            "a stream's chunk of 5 characters, clean prose", _us(lambda: _stream(prose)) / len(range(0, 1024, 5)), "µs"
        ),
    ]


def _us(work: Callable[[], object]) -> float:
    def often() -> None:
        for _ in range(ROUNDS):
            work()

    work()
    return 1e6 * median_cpu_s(often, 7) / ROUNDS if ROUNDS else 0.0


def _stream(text: str) -> None:
    guard = StreamGuard(POLICY)
    for at in range(0, len(text), 5):
        guard.feed(text[at : at + 5])
    guard.finish()


def _shares(count: int) -> list[Row]:
    selection = Selection("chat", select("chat", ["pii", "secrets"]))
    found, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for each in chat_texts(count):
        findings = scan(each.text, selection)
        for label in each.labels:
            is_found = any(f.entity == label.entity and f.start <= label.start and label.end <= f.end for f in findings)
            (found if is_found else missed)[label.entity] += 1
        wrong.update(f.entity for f in findings if not any(f.start < at.end and at.start < f.end for at in each.labels))
    strict = Selection("telemetry", select("telemetry", ["pii", "secrets"]))
    alarms = sum(bool(scan(each.text, strict)) for each in telemetry_texts(count))
    rows: list[Row] = []
    for entity in sorted(VALUES):
        rows.append(Row(f"{entity}, precision", found[entity] / (found[entity] + wrong[entity]), "", 0.95))
        rows.append(Row(f"{entity}, recall", found[entity] / (found[entity] + missed[entity]), "", 0.95))
    return [*rows, Row(f"found wrongly in {count:,} lines of telemetry", alarms, "lines")]


def _injection() -> list[Row]:
    found = sum(find_injection(text) is not None for text in attempts(480)) / 480
    wrong = sum(find_injection(text) is not None for text in harmless_texts(440)) / 440
    return [Row("injection, attempts found", found, ""), Row("injection, harmless texts found wrongly", wrong, "")]
