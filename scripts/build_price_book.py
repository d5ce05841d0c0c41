"""Compile `genai-prices` into `observe/pricing/price_book.json`: flat, dated, offline.

Run after raising the library's version: `.venv/bin/python scripts/build_price_book.py`. Left out are batch,
flex and priority rates and rates of some hours of the day: nobody tells us that they applied.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import genai_prices
from genai_prices.data_snapshot import get_snapshot

TARGET = Path(__file__).parents[1] / "src/evenkeel/observe/pricing/price_book.json"
NANO_PER_USD = 1_000_000_000
KEYS = {"in": "input_mtok", "out": "output_mtok", "cached": "cache_read_mtok", "write": "cache_write_mtok"}
CLAUSES = {"equals": "eq", "starts_with": "starts", "ends_with": "ends", "contains": "has", "regex": "re"}


def clause(match: Any) -> Any:
    """A match rule as JSON."""
    if match is None:
        return None
    for name, short in (("or_", "or"), ("and_", "and")):
        if hasattr(match, name):
            return {short: [clause(part) for part in getattr(match, name)]}
    for name, short in CLAUSES.items():
        if hasattr(match, name):
            return {short: getattr(match, name)}
    raise TypeError(type(match).__name__)


def nano(price: Decimal | None) -> int | None:
    """Nano-USD per million tokens."""
    return None if price is None else int(price * NANO_PER_USD)


def rates(prices: Any) -> list[dict[str, int]]:
    """Rates by size of the input: the first applies always, each further one above `above` tokens."""
    found = {short: getattr(prices, name, None) for short, name in KEYS.items()}
    starts = sorted({tier.start for price in found.values() for tier in getattr(price, "tiers", ())})
    rows: list[dict[str, int]] = []
    for above in (0, *starts):
        row = {short: nano(_at(price, above)) for short, price in found.items()}
        rows.append({"above": above, **{short: rate for short, rate in row.items() if rate is not None}})
    return rows


def _at(price: Any, above: int) -> Decimal | None:
    if not hasattr(price, "tiers"):
        return price
    return next((tier.price for tier in reversed(price.tiers) if tier.start <= above), price.base)


def periods(prices: Any) -> list[dict[str, Any]]:
    """Rates by the day from which they hold."""
    rows: list[dict[str, Any]] = []
    for entry in prices if isinstance(prices, list) else [prices]:
        constraint = getattr(entry, "constraint", None)
        if constraint is not None and not hasattr(constraint, "start_date"):
            continue
        start = "" if constraint is None else constraint.start_date.isoformat()
        found = rates(getattr(entry, "prices", entry))
        if any(len(row) > 1 for row in found):
            rows.append({"from": start, "rates": found})
    return sorted(rows, key=lambda row: row["from"])


def main() -> None:
    """Write the book."""
    providers = []
    for provider in get_snapshot().providers:
        models = [{"id": m.id, "match": clause(m.match), "periods": periods(m.prices)} for m in provider.models]
        models = [model for model in models if model["periods"]]
        if models:
            providers.append({"id": provider.id, "match": clause(provider.provider_match), "models": models})
    book = {
        "provenance": {
            "source": "genai-prices (MIT), https://github.com/pydantic/genai-prices",
            "version": genai_prices.__version__,
            "compiled": datetime.now(UTC).date().isoformat(),
            "unit": "nano-USD per million tokens",
        },
        "providers": providers,
    }
    TARGET.write_text(json.dumps(book, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {sum(len(p['models']) for p in providers)} models of {len(providers)} providers")


if __name__ == "__main__":
    main()
