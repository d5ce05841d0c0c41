"""The guard: what it costs a text of 1 KB and a chunk of a stream, what it finds, and what it finds wrongly.

Dense is a finding in each sentence, about ten in 1 KB; full is nothing but findings. The sets are made up
(`evenkeel.testing.guard_scores`): they say that shapes are known, not how real people write. Shares have
95 % bounds; `docs/reference/guard.md` has them by kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.cpu import median_cpu_s
from bench.report import Row

from evenkeel.gateway.guard.decide import decide_text
from evenkeel.gateway.guard.entities import Selection, select
from evenkeel.gateway.guard.injection import find_injection
from evenkeel.gateway.guard.model import GuardAction, GuardPolicy, Side
from evenkeel.gateway.guard.scan import scan
from evenkeel.gateway.guard.stream import StreamGuard
from evenkeel.testing.guard_scores import Share, score_entities, score_injection, score_telemetry, total
from evenkeel.testing.guarded_texts import telemetry_texts
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
    rows: list[Row] = []
    for entity, score in score_entities(count).items():
        rows += [_row(f"{entity}, precision", score.precision, 0.95), _row(f"{entity}, recall", score.recall, 0.95)]
    strict = Selection("telemetry", select("telemetry", ["pii", "secrets"]))
    alarms = sum(bool(scan(each.text, strict)) for each in telemetry_texts(count))
    by_kind, entities = score_telemetry(count // 6)
    rows.append(_row("telemetry, lines found wrongly", Share(alarms, count)))
    rows += [_row(f"telemetry never seen, {kind}, found wrongly", share) for kind, share in by_kind.items()]
    found = ", ".join(f"{entity} × {n}" for entity, n in entities.most_common())
    return [*rows, Row("telemetry never seen, findings", entities.total(), "findings", beside=found)]


def _injection() -> list[Row]:
    """Of the set that the heuristics were adjusted to, and of the one that they were not."""
    wanted, harmless = set(attempts()), set(harmless_texts())
    known = Share(sum(find_injection(text) is not None for text in wanted), len(wanted))
    wrong = Share(sum(find_injection(text) is not None for text in harmless), len(harmless))
    found, false = score_injection()
    return [
        _row("injection, adjusted to, attempts found", known),
        _row("injection, adjusted to, harmless texts found wrongly", wrong),
        _row("injection, held out, attempts found", total(found.values())),
        *(_row(f"injection, held out, {kind}, found", share) for kind, share in found.items()),
        _row("injection, held out, harmless texts found wrongly", total(false.values())),
    ]


def _row(what: str, share: Share, required: float | None = None) -> Row:
    low, high = share.bounds
    return Row(what, share.value or 0.0, "", required, beside=f"95 % [{low:.3f}–{high:.3f}], n {share.whole:,}")
