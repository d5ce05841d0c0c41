"""Identities that are derived, so that the same thing sent twice has the same name."""

from __future__ import annotations

import xxhash

_SEPARATOR = b"\x1f"


def derive_id(*parts: bytes) -> bytes:
    """A 16-byte identity of `parts` (xxh3-128 over the length-prefixed parts).

    >>> derive_id(b"a", b"bc") == derive_id(b"ab", b"c")
    False
    """
    if len(parts) == 3:  # the most frequent ones: written out, they take half the time
        one, two, three = parts
        joined = b"%d:%s\x1f%d:%s\x1f%d:%s" % (len(one), one, len(two), two, len(three), three)
        return xxhash.xxh3_128_digest(joined)
    if len(parts) == 2:
        one, two = parts
        return xxhash.xxh3_128_digest(b"%d:%s\x1f%d:%s" % (len(one), one, len(two), two))
    return xxhash.xxh3_128_digest(_SEPARATOR.join([b"%d:%s" % (len(part), part) for part in parts]))


def derive_u64(*parts: bytes) -> int:
    """A 64-bit identity of `parts`: a series or a service."""
    return xxhash.xxh3_64_intdigest(_SEPARATOR.join([b"%d:%s" % (len(part), part) for part in parts]))
