"""Check digits and check sums, each by its standard: what tells numbers that mean something from others."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

_BASE58: Final = {
    digit: value for value, digit in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
}
_BECH32: Final = {digit: value for value, digit in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_BECH32_TURNS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32M: Final = 0x2BC830A3  # BIP 350
_NUMBERS: Final = {ord(letter): str(10 + rank) for rank, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_VALUES: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_LUHN: Final = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))  # twice a digit, cross sum
_LANES: Final = 25
_MASK: Final = (1 << 64) - 1
_RATE: Final = 136  # bytes a block, of Keccak-256


def is_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B.

    >>> is_luhn("4111111111111111"), is_luhn("4111111111111112")
    (True, False)
    """
    figures = digits.encode()
    return (sum(figures[-1::-2].translate(_VALUES)) + sum(figures[-2::-2].translate(_LUHN))) % 10 == 0


def is_mod_97(account: str) -> bool:
    """ISO 7064 MOD 97-10 of an IBAN without spaces, in capitals: two letters, two digits, the account.

    >>> is_mod_97("DE89370400440532013000")
    True
    """
    first, second, check, rest = account[0], account[1], account[2:4], account[4:]
    if rest.isdecimal():  # as in most countries: not to be written anew
        return int(f"{rest}{_NUMBERS[ord(first)]}{_NUMBERS[ord(second)]}{check}") % 97 == 1
    return int((rest + account[:4]).translate(_NUMBERS)) % 97 == 1


def is_mod_11_10(digits: str) -> bool:
    """ISO 7064 MOD 11,10: the last digit checks those before it.

    >>> is_mod_11_10("36574261809"), is_mod_11_10("36574261808")
    (True, False)
    """
    product = 10
    for digit in digits[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def is_base58check(address: str) -> bool:
    """A Bitcoin address of the old forms: 25 bytes, the last four of them SHA-256 twice of the others.

    >>> is_base58check("1BoatSLRHtKNngkdXEeobR76b53LETtpyT")
    True
    """
    number = 0
    for digit in address:
        number = number * 58 + _BASE58[digit]
    if number.bit_length() > 200:
        return False
    whole = number.to_bytes(25, "big")
    return sha256(sha256(whole[:-4]).digest()).digest()[:4] == whole[-4:]


def is_bech32(address: str) -> bool:
    """A Bitcoin address of BIP 173 or BIP 350, in small letters.

    >>> is_bech32("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
    True
    """
    name, _, data = address.rpartition("1")
    values = [ord(each) >> 5 for each in name] + [0] + [ord(each) & 31 for each in name]
    values += [_BECH32[each] for each in data]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, turn in enumerate(_BECH32_TURNS):
            check ^= turn if top >> bit & 1 else 0
    return check in {1, _BECH32M}


def is_eip55(address: str) -> bool:
    """An Ethereum address whose capitals are those of EIP-55; one without capitals, or of capitals only, has no check.

    >>> is_eip55("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"), is_eip55("0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
    (True, False)
    """
    digits = address[2:]
    if digits in {digits.lower(), digits.upper()}:
        return True
    marks = keccak_256(digits.lower().encode()).hex()
    return all(
        each.isdigit() or each.isupper() == (int(mark, 16) > 7) for each, mark in zip(digits, marks, strict=False)
    )


def keccak_256(data: bytes) -> bytes:
    """Keccak-256 as Ethereum has it: SHA-3 as it was submitted, with other padding than `hashlib.sha3_256`.

    >>> keccak_256(b"").hex()[:16]
    'c5d2460186f7233c'
    """
    padded = bytearray(data) + b"\x01" + bytes(-(len(data) + 1) % _RATE)
    padded[-1] |= 0x80
    lanes = [0] * _LANES
    for start in range(0, len(padded), _RATE):
        for index in range(_RATE // 8):
            lanes[index] ^= int.from_bytes(padded[start + 8 * index : start + 8 * index + 8], "little")
        lanes = _keccak_f(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _keccak_f(lanes: list[int]) -> list[int]:
    """The permutation of FIPS 202 §3.3: 24 rounds over 5 × 5 lanes of 64 bits."""
    register = 1
    for _ in range(24):
        columns = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        mixed = [columns[(x + 4) % 5] ^ _turned(columns[(x + 1) % 5], 1) for x in range(5)]
        lanes = [lane ^ mixed[index % 5] for index, lane in enumerate(lanes)]
        x, y, current = 1, 0, lanes[1]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            lanes[x + 5 * y], current = _turned(current, (step + 1) * (step + 2) // 2), lanes[x + 5 * y]
        lanes = [
            lanes[index] ^ (~lanes[index // 5 * 5 + (index + 1) % 5] & lanes[index // 5 * 5 + (index + 2) % 5])
            for index in range(_LANES)
        ]
        for power in range(7):
            register = (register << 1 ^ (register >> 7) * 0x71) & 0xFF
            if register & 2:
                lanes[0] ^= 1 << ((1 << power) - 1)
        lanes = [lane & _MASK for lane in lanes]
    return lanes


def _turned(lane: int, by: int) -> int:
    by %= 64
    return (lane << by | lane >> (64 - by)) & _MASK
