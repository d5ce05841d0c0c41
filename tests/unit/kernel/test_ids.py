"""Derived identities: the same thing has the same name on every machine and in every release."""

from __future__ import annotations

import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.ids import derive_id, derive_u64

PARTS = st.lists(st.binary(max_size=6), max_size=4)


def test_identities_never_change_because_imports_recognise_their_rows_by_them() -> None:
    assert derive_id(b"azure-llm", b"17").hex() == "86ae6f034c7941948f56aeefe88a26e1"
    assert derive_u64(b"production", b"bot") == 4641344953790021728


@settings(deadline=None)
@given(PARTS, PARTS)
def test_parts_are_told_apart_wherever_the_borders_lie(first: list[bytes], second: list[bytes]) -> None:
    assert (derive_id(*first) == derive_id(*second)) == (first == second)
    assert (derive_u64(*first) == derive_u64(*second)) == (first == second)


@settings(deadline=None)
@given(PARTS)
def test_identities_have_their_width(parts: list[bytes]) -> None:
    assert len(derive_id(*parts)) == 16
    assert 0 <= derive_u64(*parts) < 2**64


def test_a_separator_inside_a_part_deceives_nobody() -> None:
    assert derive_id(b"a\x1f1:b") != derive_id(b"a", b"b")
    assert derive_id(b"", b"") != derive_id(b"")


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5))
def test_an_identity_is_that_of_all_parts_after_their_lengths(parts: list[bytes]) -> None:
    joined = b"\x1f".join(b"%d:%s" % (len(part), part) for part in parts)
    assert derive_id(*parts) == xxhash.xxh3_128_digest(joined)
