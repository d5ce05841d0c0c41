"""Check sums against the examples of their standards, and against every single wrong digit."""

from __future__ import annotations

import string

import pytest

from evenkeel.gateway.guard import checksums

#: (check, what is valid, the characters it is made of, how many at its start are no digits of it)
VALID = {
    "Luhn": (checksums.is_luhn, "4111111111111111", string.digits, 0),
    "MOD 97": (checksums.is_mod_97, "GB82WEST12345698765432", string.digits, 8),
    "MOD 11,10": (checksums.is_mod_11_10, "36574261809", string.digits, 0),
    "Base58Check": (checksums.is_base58check, "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "123abcXYZ", 1),
    "bech32": (checksums.is_bech32, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "qpzry9x8", 4),
    "bech32m": (checksums.is_bech32, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "qpzry9x8", 4),
}


@pytest.mark.parametrize("name", VALID)
def test_the_example_is_valid_and_no_single_change_of_it_is(name: str) -> None:
    check, valid, characters, fixed = VALID[name]
    assert check(valid)
    for at in range(fixed, len(valid)):
        for character in set(characters) - {valid[at]}:
            assert not check(valid[:at] + character + valid[at + 1 :])


def test_capitals_of_an_ethereum_address_are_checked_where_there_are_any() -> None:
    address = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"  # EIP-55
    assert checksums.is_eip55(address)
    assert checksums.is_eip55(address.lower())
    assert not checksums.is_eip55("0xfb" + address[4:])


def test_keccak_is_that_of_ethereum_over_several_blocks() -> None:
    assert checksums.keccak_256(b"abc").hex() == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
    lengths = {checksums.keccak_256(b"a" * length) for length in (135, 136, 137, 272)}
    assert {len(each) for each in lengths} == {32}
    assert len(lengths) == 4
