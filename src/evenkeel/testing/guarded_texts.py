"""Texts for the guard, with what stands in them and where: people, secrets, topics of many locales, and look-alikes.

Everything is made up from a seed. Check digits are computed here, apart from the guard's own validators, so that a
mistake there is none here.
"""

from __future__ import annotations

import random
import re
import string
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

_ALNUM: Final = string.ascii_letters + string.digits
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PLACE: Final = re.compile(r"<([dh])(\d+)>")

Chance = random.Random
Maker = Callable[[Chance], str]


@dataclass(frozen=True, slots=True)
class Label:
    """What stands where, in characters."""

    entity: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and all that the guard should find in it."""

    text: str
    labels: tuple[Label, ...] = ()


def chat_texts(count: int, *, seed: int = 20261128) -> Iterator[LabelledText]:
    """Texts as people and models write them, about two findings and one look-alike in each."""
    chance = Chance(seed)
    entities = sorted(VALUES)
    for number in range(count):
        pieces: list[str | Label] = []
        text = ""
        labels: list[Label] = []
        for entity in (entities[number % len(entities)], chance.choice(entities)):
            pieces = [chance.choice(FILLERS), " "]
            before, after = chance.choice(FRAMES.get(entity, FRAMES[""])).split("@@")
            pieces += [before]
            text += "".join(str(piece) for piece in pieces)
            value = chance.choice(VALUES[entity])(chance)
            labels.append(Label(entity, len(text), len(text) + len(value)))
            text += value + after + " "
        text += chance.choice(FRAMES_OF_NOTHING).replace("@@", chance.choice(LOOK_ALIKES)(chance))
        yield LabelledText(text, tuple(labels))


def telemetry_texts(count: int, *, seed: int = 20261128) -> Iterator[LabelledText]:
    """Lines of logs, traces and prices in which nobody and no secret is."""
    chance = Chance(seed)
    for _ in range(count):
        yield LabelledText(chance.choice(TELEMETRY)(chance))


def _digits(chance: Chance, count: int) -> str:
    return "".join(chance.choices(string.digits, k=count))


def _hex(chance: Chance, count: int) -> str:
    return "".join(chance.choices("0123456789abcdef", k=count))


def _from(letters: str, count: int, start: str = "") -> Maker:
    return lambda chance: start + "".join(chance.choices(letters, k=count))


def _form(form: str) -> Maker:
    """`<d5>` is five digits, `<h8>` eight hexadecimal ones."""
    makers = {"d": _digits, "h": _hex}
    return lambda chance: _PLACE.sub(lambda place: makers[place[1]](chance, int(place[2])), form)


def _with_luhn(digits: str) -> str:
    for last in string.digits:
        doubled = [int(d) * 2 if n % 2 else int(d) for n, d in enumerate(reversed(digits + last))]
        if sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0:
            return digits + last
    raise AssertionError(digits)


def _card(chance: Chance) -> str:
    start, count = chance.choice(
        (("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16))
    )
    digits = _with_luhn(start + _digits(chance, count - len(start) - 1))
    mark = chance.choice(("", " ", "-"))
    cuts = (4, 10) if count == 15 else (4, 8, 12)
    return mark.join(digits[a:b] for a, b in zip((0, *cuts), (*cuts, count), strict=True))


def _iban(chance: Chance) -> str:
    country, form = chance.choice(
        (("DE", "d" * 18), ("GB", "LLLL" + "d" * 14), ("FR", "d" * 23), ("NL", "LLLL" + "d" * 10), ("AT", "d" * 16),
         ("ES", "d" * 20), ("IT", "L" + "d" * 22), ("CH", "d" * 17), ("PL", "d" * 24), ("NO", "d" * 11))
    )  # fmt: skip
    account = "".join(chance.choice(string.digits if each == "d" else string.ascii_uppercase) for each in form)
    number = int("".join(str(int(each, 36)) for each in f"{account}{country}00"))
    whole = f"{country}{98 - number % 97:02}{account}"
    return whole if chance.random() < 0.4 else " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))


def _ssn(chance: Chance) -> str:
    area = chance.choice([n for n in range(1, 900) if n != 666])
    return f"{area:03}-{chance.randint(1, 99):02}-{chance.randint(1, 9999):04}"


def _tax_id(chance: Chance) -> str:
    kinds = chance.sample(string.digits, 9)
    ten = [*kinds, chance.choice(kinds)]
    chance.shuffle(ten)
    if ten[0] == "0":
        ten[0], ten[-1] = ten[-1], ten[0]
    if ten[0] == "0":
        return _tax_id(chance)
    product = 10
    for digit in ten:
        total = (int(digit) + product) % 10
        product = (total or 10) * 2 % 11
    check = 11 - product
    whole = "".join(ten) + str(0 if check == 10 else check)
    return whole if chance.random() < 0.5 else f"{whole[:2]} {whole[2:5]} {whole[5:8]} {whole[8:]}"


def _nino(chance: Chance) -> str:
    while (letters := chance.choice("ABCEGHJKLMNOPRSTWXYZ") + chance.choice("ABCEGHJKLMNPRSTWXYZ")) in {
        "BG", "GB", "KN", "NK", "NT", "TN", "ZZ",
    }:  # fmt: skip
        pass
    mark = chance.choice(("", " "))
    return mark.join((letters, *(_digits(chance, 2) for _ in range(3)), chance.choice("ABCD")))


def _phone_abroad(chance: Chance) -> str:
    form = chance.choice(
        ("+49 30 ######", "+49 171 #######", "+44 20 7### ####", "+447#########",
         "+33 6 ## ## ## ##", "+1 212-5##-####", "+1 (415) 6##-####", "+39 06 ### ####", "+34 6## ### ###",
         "+91 98### #####", "+81 3-####-####",
         "+55 11 9####-####")
    )  # fmt: skip
    return _filled(form, chance)


def _phone_america(chance: Chance) -> str:
    return _filled(chance.choice(("(212) 5##-####", "415-6##-####", "312.7##.####", "1-303-4##-####")), chance)


def _phone_home(chance: Chance) -> str:
    forms = ("030 ######", "0171 #######", "0171/#######", "020 7### ####", "06 ## ## ## ##")
    return _filled(chance.choice(forms), chance)


def _filled(form: str, chance: Chance) -> str:
    return "".join(chance.choice("234567890"[:-1]) if each == "#" else each for each in form)


def _email(chance: Chance) -> str:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    local = chance.choice(
        (f"{first}.{last}", f"{first[0]}{last}", f"{first}+{last}", f"{first}_{last}{_digits(chance, 2)}", last)
    )
    host = chance.choice(
        ("example.org", "mail.example.co.uk", "uni-example.de", "web.example", "example-shop.com.br", "exämple.de")
    )
    return f"{local.lower()}@{host}"


def _day(chance: Chance) -> str:
    year, month, day = chance.randint(1931, 2012), chance.randint(1, 12), chance.randint(1, 28)
    name = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December")[month - 1]  # fmt: skip
    return chance.choice(
        (f"{day:02}.{month:02}.{year}", f"{year}-{month:02}-{day:02}", f"{month}/{day}/{year}", f"{day} {name} {year}",
         f"{name} {day}, {year}")
    )  # fmt: skip


def _ip4(chance: Chance) -> str:
    first = chance.choice((81, 93, 8, 151, 185, 212))
    return f"{first}.{chance.randint(1, 254)}.{chance.randint(0, 254)}.{chance.randint(1, 254)}"


def _ip6(chance: Chance) -> str:
    groups = [f"2a0{chance.randint(0, 9)}", *(_hex(chance, 4) for _ in range(7))]
    return ":".join(groups) if chance.random() < 0.5 else ":".join(groups[:3]) + "::" + groups[-1]


def _bitcoin(chance: Chance) -> str:
    body = b"\x00" + bytes(chance.randrange(1, 256) for _ in range(20))
    number = int.from_bytes(body + sha256(sha256(body).digest()).digest()[:4], "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" + text


def _jwt(chance: Chance) -> str:
    parts = (
        f'{{"alg":"HS256","typ":"JWT","kid":"{_hex(chance, 6)}"}}',
        f'{{"sub":"{_digits(chance, 9)}","iat":1764345600}}',
    )
    head, body = (urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.{_from(_ALNUM, 43)(chance)}"


def _private_key(chance: Chance) -> str:
    kind = chance.choice(("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "))
    lines = "\n".join(_from(_ALNUM + "+/", 64)(chance) for _ in range(chance.randint(3, 14)))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"


FIRST: Final = ("Ada", "José", "Zoë", "Łukasz", "Noor", "Priya", "Søren", "Yuki", "Olu", "Marie")
LAST: Final = ("Lovelace", "García", "Müller", "Nowak", "Haddad", "Iyer", "Jensen", "Tanaka", "Adeyemi", "Dubois")
VALUES: Final[Mapping[str, tuple[Maker, ...]]] = {
    "email": (_email,),
    "credit_card": (_card,),
    "iban": (_iban,),
    "us_ssn": (_ssn,),
    "de_tax_id": (_tax_id,),
    "uk_nino": (_nino,),
    "phone": (_phone_abroad, _phone_abroad, _phone_america, _phone_home),
    "date_of_birth": (_day,),
    "ip_address": (_ip4, _ip6),
    "crypto_address": (_bitcoin, _from("0123456789abcdef", 40, "0x")),
    "aws_access_key": (_from(string.ascii_uppercase + "234567", 16, "AKIA"),),
    "aws_secret_key": (_from(_ALNUM + "/+", 40),),
    "github_token": (_from(_ALNUM, 36, "gh" + "p_"), _from(_ALNUM, 82, "github" + "_pat_")),
    "openai_key": (_from(_ALNUM, 48, "sk" + "-"), _from(_ALNUM + "_-", 120, "sk" + "-proj-")),
    "anthropic_key": (_from(_ALNUM + "_-", 95, "sk" + "-ant-api03-"),),
    "slack_token": (_from(_ALNUM, 40, "xox" + "b-2345-"),),
    "google_api_key": (_from(_ALNUM + "_", 35, "AI" + "za"),),
    "stripe_key": (_from(_ALNUM, 24, "sk" + "_live_"), _from(_ALNUM, 99, "rk" + "_live_")),
    "evenkeel_key": (_from(_ALNUM + "_", 32, "ek" + "_0123456789ab_"),),
    "jwt": (_jwt,),
    "private_key": (_private_key,),
    "url_credentials": (_from(_ALNUM + "!", 14),),
    "bearer_token": (_from(_ALNUM, 44),),
    "generic_secret": (_from(_ALNUM + "!#%", 14), _from(_ALNUM, 32)),
}
#: How something is said; `@@` is where it stands.
FRAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "": (
        "It is @@.",
        "Please use @@ for it.",
        "Hier ist es: @@.",
        "Voici : @@",
        "(@@)",
        'Set it to "@@" today.',
        "値は @@ です。",
    ),
    "iban": ("IBAN: @@.", "Bitte auf @@ überweisen.", "Pay it to @@ AND tell me.", "El IBAN es @@, gracias.", "(@@)"),
    "credit_card": (
        "My card is @@.",
        "Karte @@, gültig bis 11/29.",
        "paid with @@",
        "card=@@&cvv=",
        "La carte @@ est refusée",
    ),
    "us_ssn": ("My SSN is @@.", "SSN: @@", "The number @@ was on the form.", "social security number @@,"),
    "de_tax_id": ("Meine Steuer-ID ist @@.", "IdNr: @@", "Steueridentifikationsnummer @@,", "tax id @@."),
    "phone": (
        "Call me at @@.",
        "Tel: @@",
        "Telefon @@, ab 9 Uhr.",
        "Mobile @@ or mail.",
        "Mon téléphone : @@.",
        "WhatsApp @@",
    ),
    "date_of_birth": (
        "She was born on @@.",
        "DOB: @@",
        "geboren am @@ in Bonn",
        "date of birth @@,",
        "Née le @@ à Lyon.",
    ),
    "ip_address": ("My address is @@.", "the client at @@ was refused", "von @@ aus", "IP @@,", "[@@]"),
    "aws_secret_key": ("aws_secret_access_key = @@", 'AWS_SECRET_ACCESS_KEY="@@"', "SecretAccessKey: @@"),
    "url_credentials": ("postgres://app:@@@db.example.org/shop", "https://ada:@@@git.example.org/x.git"),
    "bearer_token": ("Authorization: Bearer @@", "curl -H 'authorization: bearer @@' https://api.example.org"),
    "generic_secret": (
        "password: @@",
        'api_key="@@"',
        "client_secret=@@",
        '{"token": "@@"}',
        "Passwort: @@",
        "secret => '@@'",
    ),
    "private_key": ("Here it is:\n@@\nKeep it.", "key: |\n@@\n", "@@"),
}
FILLERS: Final = (
    "Thanks for the quick answer.", "Wir treffen uns am Dienstag um 14:30 Uhr.", "The order came on 2024-05-17.",
    "Il fait beau aujourd’hui, n’est-ce pas ?", "We sold 12,500 units at $19.99 in Q3.", "明日の会議は十時からです。",
    "¿Puedes revisar el documento otra vez?", "See section 4.2.1 of version 10.4.0.1 for details.",
    "Прочитай, пожалуйста, это.",
)  # fmt: skip


def _card_that_is_none(chance: Chance) -> str:
    digits = _with_luhn("4" + _digits(chance, 14))
    return digits[:-1] + str((int(digits[-1]) + chance.randint(1, 9)) % 10)


#: What looks like one of them and is none.
LOOK_ALIKES: Final[tuple[Maker, ...]] = (
    _card_that_is_none,
    _form("DE<d2> <d4> <d4>"),
    _form("000-<d2>-<d4>"),
    _form("<d3>-<d7>-<d7>"),
    _form("v<d1>.<d2>.<d1>.<d2>"),
    _form("192.168.<d2>.<d2>"),
    _form("icon@<d1>x.png"),
    _form("<h8>-<h4>-4<h3>-a<h3>-<h12>"),
    _form("<h40>"),
    _form("sk-learn-1.<d1>"),
    _form("ISBN 978-3-<d2>-<d6>-<d1>"),
    _form("1/1<d1>/201<d1>"),
    _form("1<d1>:2<d1>:3<d1>"),
)
FRAMES_OF_NOTHING: Final = ("Order @@ is on its way.", "See @@.", "ref @@", "Vorgang @@ ist erledigt.", "(@@)")


def _coded(count: int, start: str = "") -> Maker:
    return lambda chance: start + b64encode(bytes(chance.randrange(256) for _ in range(count))).decode()


TELEMETRY: Final[tuple[Maker, ...]] = (
    _form("trace_id=<h32> span_id=<h16> parent=<h16> flags=01"),
    _form("traceparent: 00-<h32>-<h16>-01"),
    _form("sha256:<h64> sha1 <h40> md5 <h32>"),
    _form("request <h8>-<d4>-4<d3>-8<d3>-<d12> done"),
    _form("2026-11-1<d1>T12:3<d1>:01.<d9>Z took <d6> ns"),
    _form("start_us=17643<d11> end_ns=17643<d14> seq=<d11>"),
    _form("id=4<d12> offset=<d9>"),
    _form("id=5<d15> next=<d16> cursor=<d19>"),
    _form("numpy==2.<d2>.0 chrome/131.0.<d4>.<d2> torch 2.5.1+cu124"),
    _form("cost_usd=0.<d12> tokens=<d5> price $1,<d3>.99 ratio=-0.<d16>"),
    _form(
        'Traceback (most recent call last):\n  File "/srv/app/v3.<d2>/main.py", line <d3>, in call\n'
        "ValueError: invalid literal at 0x7f<h10>: 'shop::cart::<d6>'"
    ),
    _coded(400),
    _coded(300, "data:image/png;base64,"),
    _form("GET /v1/items/<d10>?page_token=&max_tokens=4096 200 <d4>ms from 10.2.3.1<d2>:443"),
    lambda chance: f"embedding [{', '.join(f'{chance.uniform(-1, 1):.16f}' for _ in range(20))}]",
    _form('etag W/"<h27>" pod api-<h10>-xkqzv image v1.<d2>.3'),
    _form("usage: prompt_tokens: <d4>, completion_tokens: <d3>, secret: null, password=undefined"),
)
