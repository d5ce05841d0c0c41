"""What a shape must fulfil beyond its pattern: how much of it is a finding, by the rules of who issues it.

Each takes the text that its pattern matched and answers how many characters of it, from the start, are one; 0: none.
"""

from __future__ import annotations

import math
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from itertools import pairwise
from typing import Final

import msgspec

from evenkeel.gateway.guard.checksums import is_base58check, is_bech32, is_eip55, is_luhn, is_mod_11_10, is_mod_97

Validator = Callable[[str], int]

#: Characters of an IBAN by country: SWIFT IBAN registry, release 99.
_IBAN_CHARS: Final[Mapping[str, int]] = {
    country: int(chars)
    for chars, countries in {
        "15": "NO", "16": "BE", "18": "DK FI FK FO GL NL SD", "19": "MK SI", "20": "AT BA EE KZ LT LU MN XK",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS VA", "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "LY PT ST", "26": "IS TR", "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HU LB NI PL SV", "29": "BR EG PS QA UA", "30": "JO KW MU YE", "31": "MT SC",
        "32": "LC", "33": "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
#: What comes behind a dot and is no domain: `sprite@2x.png`.
_NO_DOMAINS: Final = frozenset(
    ("png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "mjs", "ts", "tsx", "jsx", "py", "rb", "go", "rs",
     "c", "h", "cpp", "java", "html", "htm", "json", "yaml", "yml", "toml", "xml", "md", "txt", "pdf", "csv", "log",
     "lock", "whl", "zip", "gz", "tar", "so", "dll", "exe", "service", "timer", "socket", "mount", "slice", "target",
     "local", "internal", "lan")
)  # fmt: skip
_NO_PEOPLE: Final = frozenset(("git", "hg", "svn"))
_FILLERS: Final = (
    "your", "example", "changeme", "change_me", "placeholder", "redacted", "dummy", "xxxx", "****", "....", "insert",
    "${", "{{", "$(", "%(", "process.env", "os.environ", "getenv", "secrets.", "vault:", "none", "null", "undefined",
    "[",
)  # fmt: skip
#: Bits a character. English words have 2.5 to 3.2 in so few characters, 20 random letters and digits 3.6 to 4.2.
_TOKEN_BITS_MIN: Final = 3.2
_SECRET_BITS_MIN: Final = 2.7
_MARKS: Final = frozenset("!#%$^*+=~?")
_NO_DIGITS: Final = b" -./()+"
_DATE_SEPARATORS: Final = str.maketrans("/-", "..")


def _digits(text: str) -> str:
    return text.encode().translate(None, _NO_DIGITS).decode()  # three times as fast as of characters


def entropy_bits(text: str) -> float:
    """Shannon's entropy of the characters of a text, in bits a character.

    >>> round(entropy_bits("aabb"), 1), round(entropy_bits("abcdefgh"), 1)
    (1.0, 3.0)
    """
    count = len(text)
    return -sum(n / count * math.log2(n / count) for n in Counter(text).values()) if count else 0.0


def credit_card(text: str) -> int:
    """Luhn, and an issuer's range with its lengths (ISO/IEC 7812-1; the issuers' public tables).

    >>> credit_card("4111 1111 1111 1111"), credit_card("9111 1111 1111 1111")
    (19, 0)
    """
    digits = _digits(text)
    two, four, count = int(digits[:2]), int(digits[:4]), len(digits)
    is_issued = (
        (digits[0] == "4" and count in {13, 16, 19})
        or (count == 16 and (51 <= two <= 55 or 2221 <= four <= 2720 or 3528 <= four <= 3589))
        or (count == 15 and two in {34, 37})
        or (count == 14 and (two in {36, 38, 39} or 3000 <= int(digits[:4]) <= 3059))
        or (count in {16, 19} and (four == 6011 or two in {62, 64, 65, 81}))
        or (count in {16, 18, 19} and two in {50, 56, 57, 58, 63, 67})
    )
    return len(text) if is_issued and len(set(digits)) > 1 and is_luhn(digits) else 0


def iban(text: str) -> int:
    """A country of the registry, its length, and MOD 97; words behind it are left.

    >>> iban("DE89 3704 0044 0532 0130 00 AND"), iban("DE88 3704 0044 0532 0130 00")
    (27, 0)
    """
    wanted = _IBAN_CHARS.get(text[:2], 0)
    compact = text.replace(" ", "")
    count = len(compact)
    if not wanted or count < wanted or not is_mod_97(compact[:wanted]):
        return 0
    if count == wanted:
        return len(text.rstrip(" "))
    end = wanted
    while (longer := wanted + text.count(" ", 0, end)) > end:
        end = longer
    return end if end == len(text) or text[end] == " " else 0


def us_ssn(text: str) -> int:
    """No area 000, 666 or 900 to 999, no group 00, no serial 0000, and none of the numbers of advertisements."""
    digits = _digits(text)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    is_issued = area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"
    return len(text) if is_issued and digits not in {"078051120", "219099999", "123456789"} else 0


def de_tax_id(text: str) -> int:
    """No 0 in front; of the first ten digits one stands there twice or thrice, the others once at most; MOD 11,10."""
    digits = _digits(text)
    often = sorted(Counter(digits[:10]).values())
    is_issued = digits[0] != "0" and often[-1] in {2, 3} and often[-2] == 1
    return len(text) if is_issued and is_mod_11_10(digits) else 0


def uk_nino(text: str) -> int:
    """The prefixes that HMRC does not give are none."""
    return 0 if text[:2] in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"} else len(text)


def phone_international(text: str) -> int:
    """8 to 15 digits (E.164), no country code that begins with 0, and not one digit over and over."""
    digits = _digits(text)
    return len(text) if 8 <= len(digits) <= 15 and digits[0] != "0" and len(set(digits)) > 2 else 0


def phone_nanp(text: str) -> int:
    """Area and exchange begin with 2 to 9, and neither is N11 (NANP)."""
    digits = _digits(text)[-10:]
    parts = digits[:3], digits[3:6]
    return len(text) if all(part[0] in "23456789" and part[1:] != "11" for part in parts) else 0


def phone_national(text: str) -> int:
    """7 to 12 digits with the 0 in front, of several kinds."""
    digits = _digits(text)
    is_dialled = 7 <= len(digits) <= 12 and not digits.startswith("000")
    return len(text) if is_dialled and len(set(digits)) > 2 else 0


def email(text: str) -> int:
    """Dots between something only, a top level that is no file's, and a person's name before the @."""
    local, _, domain = text.rpartition("@")
    top = domain.rpartition(".")[2].lower()
    is_well = ".." not in text and not local.startswith((".", "-", "'")) and not local.endswith(".")
    return len(text) if is_well and ".-" not in domain and "-." not in domain and _is_reachable(local, top) else 0


def _is_reachable(local: str, top: str) -> bool:
    return top not in _NO_DOMAINS and local.lower() not in _NO_PEOPLE


def date(text: str) -> int:
    """A day of the calendar; months by name are taken as they are."""
    parts = text.translate(_DATE_SEPARATORS).split(".")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return len(text)
    numbers = [int(part) for part in parts if len(part) < 3]
    return len(text) if len(numbers) == 2 and min(numbers) in range(1, 13) and max(numbers) in range(1, 32) else 0


def ip(text: str) -> int:
    """An address of the public Internet; of version 6 one with three groups at least.

    >>> ip("81.2.69.142"), ip("10.0.0.1"), ip("12:34:56"), ip("2a02:8109:9d40::1")
    (11, 0, 0, 17)
    """
    if ":" in text and len([group for group in text.split(":") if group]) < 3:
        return 0
    try:
        address = ip_address(text)
    except ValueError:
        return 0
    return len(text) if address.is_global and not address.is_multicast else 0


def crypto_address(text: str) -> int:
    """The check sum of its chain."""
    if text.startswith("0x"):
        return len(text) if is_eip55(text) and len(set(text.lower())) > 6 else 0
    return len(text) if (is_bech32(text) if text.startswith("bc1") else is_base58check(text)) else 0


def jwt(text: str) -> int:
    """A header that is an object and names its algorithm (RFC 7515 §4.1.1)."""
    head = text.partition(".")[0]
    try:
        header = msgspec.json.decode(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError):
        return 0
    return len(text) if isinstance(header, dict) and "alg" in header else 0


def entropy(text: str) -> int:
    """As mixed as what chance makes."""
    return len(text) if _is_mixed(text) and entropy_bits(text) >= _TOKEN_BITS_MIN + 0.4 else 0


def token(text: str) -> int:
    """Mixed, with digits or capitals inside, and no filler."""
    return literal(text) if _is_mixed(text) and entropy_bits(text) >= _TOKEN_BITS_MIN else 0


def _is_mixed(text: str) -> bool:
    """Letters with digits or marks among them, or with capitals where no word has them."""
    if not any(map(str.isalpha, text)):
        return False
    turns = sum(one.islower() and two.isupper() for one, two in pairwise(text))
    return turns > 2 or any(each.isdigit() or each in _MARKS for each in text)


def literal(text: str) -> int:
    """What is written there itself: not a filler, not where to find it."""
    small = text.lower()
    return 0 if any(filler in small for filler in _FILLERS) or len(set(text)) < 3 else len(text)


def generic_secret(text: str) -> int:
    """Mixed as passwords are, and no filler. One of letters only, or of digits only, is not told from a word.

    >>> generic_secret("hunter2hunter2!"), generic_secret("undefined"), generic_secret("required")
    (15, 0, 0)
    """
    return 0 if entropy_bits(text) < _SECRET_BITS_MIN or "(" in text or not _is_mixed(text) else literal(text)


VALIDATORS: Final[Mapping[str, Validator]] = {
    "credit_card": credit_card, "iban": iban, "us_ssn": us_ssn, "de_tax_id": de_tax_id, "uk_nino": uk_nino,
    "phone_international": phone_international, "phone_nanp": phone_nanp, "phone_national": phone_national,
    "email": email, "date": date, "ip_address": ip, "crypto_address": crypto_address, "jwt": jwt,
    "entropy": entropy, "token": token, "literal": literal, "generic_secret": generic_secret,
}  # fmt: skip
