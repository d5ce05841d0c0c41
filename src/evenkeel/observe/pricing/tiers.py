"""What a tier of service costs at most, against the standard price of its model, as far as its provider says.

The price book knows standard prices only. Batch and flex are half of them wherever they are sold; a dearer tier is
bounded by the dearest factor that its provider publishes, and one without a public price is not priced at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

#: Billed at the price of the book.
STANDARD_TIERS: Final = frozenset(("", "default", "standard", "standard_only", "on_demand"))
#: Billed at half of it; what is cached may be discounted otherwise, so the price of the book is their bound.
CHEAPER_TIERS: Final = frozenset(("batch", "flex"))

#: Percent of the standard price. `auto` is whatever the provider's own settings choose.
#: OpenAI and Azure: priority is 1.7 times (gpt-4o) to 2.5 times (gpt-5.5) the standard price, and a project or a
#: deployment may have it by default; https://platform.openai.com/docs/pricing. `scale` is prepaid: not here.
#: Anthropic: `inference_geo: us`, which a workspace may have by default, 1.1 times; `speed: fast` 2 times (Opus 5) to
#: 6 times (Opus 4.6); https://docs.claude.com/en/about-claude/pricing. Its priority tier is a commitment: not here.
_CEILINGS: Final[Mapping[str, Mapping[str, int]]] = {
    "openai": {"auto": 250, "priority": 250},
    "azure": {"auto": 250, "priority": 250},
    "anthropic": {"auto": 110, "us": 110, "fast": 600},
}


@lru_cache(maxsize=1_024)  # of a tier that a caller names there may be any number
def ceiling_percent(provider: str, tier: str) -> int | None:
    """The most that a tier, or several by which a price rises, may cost in percent of the standard price.

    None: nobody knows.

    >>> ceiling_percent("openai", "priority"), ceiling_percent("anthropic", "fast us"), ceiling_percent("", "flex")
    (250, 660, 100)
    >>> ceiling_percent("anthropic", "priority"), ceiling_percent("", "auto")
    (None, 100)
    """
    known = _CEILINGS.get(provider, {})
    percent = 100
    for word in tier.split():
        if word in STANDARD_TIERS or word in CHEAPER_TIERS:
            continue
        factor = known.get(word, 100 if word == "auto" else None)
        if factor is None:
            return None
        percent = -(-percent * factor // 100)
    return percent
