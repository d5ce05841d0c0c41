"""Lines of software that the patterns for people and secrets were never adjusted to, made up from a seed."""

from __future__ import annotations

import random
import re
import string
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

Chance = random.Random

#: Lines of software in which nobody and no secret is, by what they are full of; `PLACES` says what stands for what.
TELEMETRY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "hashes": (
        "commit <h40> (HEAD -> main, tag: v<d1>.<d2>.0)",
        "<h64>  evenkeel-<d1>.<d2>.tar.gz",
        "image registry.example/app@sha256:<h64> pulled in <d2>s",
        "index <h7>..<h7> 100644",
        "integrity sha512-<b64>",
        "crc32=<h8> adler=<d10> xxh64=<d19>",
    ),
    "ids": (
        "order <h8>-<h4>-<h4>-<h4>-<h12> for tenant <h8>-<h4>-<h4>-<h4>-<h12> accepted",
        "ulid 01<u24> partition <d2>",
        "snowflake <d18> shard <d3> worker <d2>",
        "chatcmpl-<a29> finished: stop",
        "X-Amz-Request-Id: <u16> cf-ray: <h16>-FRA",
        "row <d9>, batch <d11>, sku <d13>, ean <d13>",
        "pod/api-<h10>-<l5> mac <h2>:<h2>:<h2>:<h2>:<h2>:<h2>",
        "invoice <d3>-<d4>-<d4> ticket <d3>.<d3>.<d4> part <d3>-<d2>-<d4>",
    ),
    "timestamps": (
        "[<D1> <T1>,<d3>] INFO worker-<d2> idle",
        "ts=<d10>.<d6> dur=<d6>ns at <d13>",
        "<D1>T<T1>.<d9>+02:00 kernel: [<d6>.<d6>] up",
        "not before <D1> <T1> UTC, not after <D1> <T1> UTC",
        "Nov 11 <T1> host cron[<d5>]: (<d4>) CMD",
        "window <d16>..<d16> us",
    ),
    "stack traces": (
        ('Exception in thread "pool-<d1>" java.lang.IllegalStateException: id=<d10>\n'
        "\tat com.<l5>.<l6>.Worker.run(Worker.java:<d3>)\n\tat com.<l5>.Main.main(Main.java:<d2>)"),
        ("panic: runtime error: index out of range [<d2>]\n\ngoroutine <d3> [running]:\n"
        "main.serve(0x<h12>, 0x<h2>)\n\t/go/src/app/main.go:<d3> +0x<h3>"),
        ("TypeError: Cannot read properties of undefined (reading '<l6>')\n"
        "    at Object.<anonymous> (/app/dist/<l5>.js:<d2>:<d5>)\n"
        "    at async /app/node_modules/@scope/<l7>@<d1>.<d2>.1/index.js:1:<d6>"),
        ("thread 'main' panicked at src/<l5>.rs:<d3>:<d2>:\n"
        "called `Option::unwrap()` on a `None` value\n   <d1>: 0x<h12> - core::panicking::panic"),
        "#<d1>  0x<h16> in malloc (size=<d9>) at ../sysdeps/x86_64/<d4>",
    ),
    "encoded": (
        "blob <b90>",
        "blob <b280>",
        "base32 <u96>",
        "<h8>: <h4> <h4> <h4> <h4> <h4> <h4> <h4> <h4>  .@..ELF.",
        "\\x<h120> vector [0.<d8>, -0.<d8>, 1.<d8>, -2.<d8>, 0.<d8>]",
        'etag: "<h32>-<d1>" cursor=eyJv<b45>',
    ),
    "addresses and versions": (
        '10.0.<d2>.1<d2> - - "GET /api/v<d1>/items/<d8> HTTP/1.1" 200 <d5>',
        "app.kubernetes.io/version: <d2>.<d1>.<d2>-<h7> fe80::<h4>:<h4>",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/1<d2>.0.<d4>.<d3> Safari/537.36",
        'http_requests_total{path="/v1/chat",code="<d3>"} <d11> <d13>',
        "deploy@<l6>-<d2>.internal: rsync 3.<d1>.<d1> done, <d12> bytes",
    ),
})  # fmt: skip


def telemetry_lines(kind: str, count: int, *, seed: int = 20261129) -> Iterator[str]:
    """Lines of one kind, one shape after the other."""
    chance = random.Random(f"{seed} {kind}")  # noqa: S311  texts, no secrets
    forms = TELEMETRY[kind]
    for number in range(count):
        yield _PLACE.sub(lambda place: PLACES[place[1]](chance, int(place[2])), forms[number % len(forms)])


def _from(letters: str) -> Callable[[Chance, int], str]:
    return lambda chance, count: "".join(chance.choices(letters, k=count))


#: By letter, with how many of them.
PLACES: Final[Mapping[str, Callable[[Chance, int], str]]] = MappingProxyType({
    "d": _from(string.digits),
    "h": _from("0123456789abcdef"),
    "l": _from(string.ascii_lowercase),
    "u": _from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "a": _from(string.ascii_letters + string.digits),
    "b": lambda chance, count: urlsafe_b64encode(bytes(chance.randrange(256) for _ in range(count))).decode(),
    "D": lambda chance, _: f"20{chance.randint(15, 29)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
    "T": lambda chance, _: f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}",
})  # fmt: skip
_PLACE: Final = re.compile(rf"<([{''.join(PLACES)}])(\d+)>")
