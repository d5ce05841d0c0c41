"""Which words a text uses, as counts in a fixed number of buckets: enough to see that texts change, no word in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from xxhash import xxh3_64_intdigest

from evenkeel.observe.evaluators.stems import stem_all
from evenkeel.observe.evaluators.words import frequent_words

#: So many that topics can be told apart, and so few that each stands for hundreds of words: which one it was, nobody
#: can tell. Changing it makes old and new counts incomparable.
BUCKETS: Final = 64


def count_vocabulary(words: Sequence[str], language: str | None) -> Mapping[int, int]:
    """How many words, in small letters, fall into each bucket by their stem; frequent words and single letters do not.

    >>> count_vocabulary(["the", "invoice", "and", "invoices"], "en")
    {50: 2}
    """
    frequent = frequent_words(language)
    counted = Counter(word for word in words if word not in frequent and (len(word) > 1 or not word.isascii()))
    stems = stem_all(counted, language)
    buckets = Counter[int]()
    for word, times in counted.items():
        buckets[xxh3_64_intdigest(stems[word].encode("utf-8", "surrogatepass")) % BUCKETS] += times
    return dict(sorted(buckets.items()))
