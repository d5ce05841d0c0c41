"""Validators: the rules of those who issue, at their borders."""

from __future__ import annotations

import pytest

from evenkeel.gateway.guard.validators import VALIDATORS, entropy_bits

CASES = [
    ("credit_card", ["378282246310005", "6011 1111 1111 1117", "2221000000000009"], ["4111111111111112",
     "0000000000000000", "1234567812345670"]),
    ("iban", ["NO93 8601 1117 947", "MT84MALT011000012345MTLCAST001S"], ["DE00370400440532013000",
     "ZZ82WEST12345698765432", "DE89 3704"]),
    ("us_ssn", ["536-22-8726", "899-01-0001"], ["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567",
     "123-45-0000", "078-05-1120"]),
    ("de_tax_id", ["86095742719", "47 036 892 816"], ["86095742718", "06095742719", "12345678903", "11111111111"]),
    ("uk_nino", ["AB123456C"], ["GB123456C", "ZZ123456C"]),
    ("phone_international", ["+49 30 901820"], ["+0 123 456 789", "+1 234 56", "+11 111 111 111"]),
    ("phone_nanp", ["(212) 555-0123"], ["(112) 555-0123", "911-555-0123", "212-155-0123"]),
    ("phone_national", ["030 123456"], ["000 123456", "030 12", "0111111111"]),
    ("email", ["ada@example.org", "a+b@x-y.de"], ["a..b@x.de", ".a@x.de", "a.@x.de", "a@x-.de", "icon@2x.png",
     "git@github.com"]),
    ("date", ["31.12.1999", "1999-12-31", "12/31/1999", "3 May 1984"], ["32.12.1999", "31.13.1999", "0.12.1999"]),
    ("ip_address", ["81.2.69.142", "2a02:8109:9d40::1"], ["256.1.1.1", "10.0.0.1", "224.0.0.1", "::1", "1.2.3.4.5",
     "a::b"]),
    ("crypto_address", ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"], ["0x" + "0" * 40,
     "1BoatSLRHtKNngkdXEeobR76b53LETtpyU"]),
    ("jwt", ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIi"], ["eyJhIjoxfQ.eyJzdWIi", "eyJ.eyJzdWIi", "eyJhbGciOiJIUzI1NiJ.eyJzdWIi"]),
    ("literal", ["s3cr3t"], ["${PASSWORD}", "<your-key>xxxx", "aaaa"]),
    ("token", ["a8Kd02mXq7Lw9sPz1vBt"], ["authentication-token", "aaaaaaaaaaaaaaaaaaa1"]),
    ("generic_secret", ["hunter2!", "correct#horse"], ["required", "12121212", "getpass()1x", "undefined1"]),
    ("entropy", ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQ0vT3nL2k"], ["a" * 39 + "b",
     "thisisaverylongwordofnobodythisisaverylo"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "valid", "invalid"), CASES, ids=[name for name, _, _ in CASES])
def test_what_is_issued_is_told_from_what_is_not(name: str, valid: list[str], invalid: list[str]) -> None:
    assert [text for text in valid if not VALIDATORS[name](text)] == []
    assert [text for text in invalid if VALIDATORS[name](text)] == []


def test_every_validator_is_tried() -> None:
    assert {name for name, _, _ in CASES} == VALIDATORS.keys()


def test_entropy_of_nothing_is_nothing() -> None:
    assert entropy_bits("") == 0.0
