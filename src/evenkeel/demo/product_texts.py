"""A service without a line of telemetry, known by the gateway alone: `python -m evenkeel.demo.product_texts`.

It has a model write what a shop says of its products. Merchants often ask for the same product, and sometimes name
a buyer by her e-mail address.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from random import Random, SystemRandom
from typing import Final

import openai

from evenkeel.app.notices import read_notices
from evenkeel.demo.answerer import CLIENT_HEADER
from evenkeel.demo.faults import FaultFile
from evenkeel.demo.gateway_routes import SERVICE
from evenkeel.demo.process import Orders, run_process, wait_for_stop
from evenkeel.demo.web_service import poisson_wait_s

_MODEL: Final = "gpt-4o-mini"
_PER_SECOND: Final = 1.5
_MERCHANTS: Final = 40
_NAMES_BUYER: Final = 0.1  # chance that a request names one
_LOOK_S: Final = 0.5
_TIMEOUT_S: Final = 20.0
_SYSTEM: Final = "You write for a shop. Say in at most three sentences what the catalogue says of the product."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a merchant asks for."""

    merchant: str
    text: str


class Merchants:
    """People who want texts, of some products more often than of others."""

    def __init__(self, random: Random, products: Sequence[str]) -> None:
        self._random = random
        self._products = products
        self._weights = [1 / (1 + number) for number in range(len(products))]

    def wait_s(self) -> float:
        """Seconds until the next one asks."""
        return poisson_wait_s(self._random, _PER_SECOND)

    def next_wish(self) -> Wish:
        """Somebody's wish."""
        (product,) = self._random.choices(self._products, self._weights)
        merchant = f"merchant-{self._random.randrange(_MERCHANTS):02d}"
        text = f"What is there to say of the {product}?"
        if self._random.random() < _NAMES_BUYER:
            text += f" It is for {self._random.choice(('ada', 'jo', 'kim'))}.buyer@example.org."
        return Wish(merchant, text)


def system_of(catalogue: Sequence[str]) -> str:
    """What the model is told of every product."""
    facts = "\n".join(line.partition(": ")[2] for line in catalogue)
    return f"{_SYSTEM}\n\n{facts}"


def find_gateway(home: Path) -> str | None:
    """Where a worker of the gateway listens; None while there is none."""
    ports = [notice.port for notice in read_notices(home / "gateways") if notice.is_alive]
    return f"http://127.0.0.1:{ports[0]}/v1" if ports else None


async def main(orders: Orders, stop: asyncio.Event) -> None:
    """Ask until told to stop; nobody asks while the service is silent."""
    catalogue = files("evenkeel.demo").joinpath("catalogue.txt").read_text(encoding="utf-8")
    products = [line.partition(":")[0] for line in catalogue.splitlines()]
    system = system_of(catalogue.splitlines())
    merchants, faults = Merchants(SystemRandom(), products), FaultFile(orders.home)
    while (base_url := find_gateway(orders.home)) is None:
        if await wait_for_stop(stop, _LOOK_S):
            return
    asking: set[asyncio.Task[None]] = set()
    async with openai.AsyncOpenAI(
        base_url=base_url, api_key=orders.gateway_key, max_retries=1, timeout=_TIMEOUT_S,
        default_headers={CLIENT_HEADER: SERVICE},
    ) as client:  # fmt: skip
        while not await wait_for_stop(stop, merchants.wait_s()):
            if not faults.current().has("silence", SERVICE):
                task = asyncio.create_task(_ask(client, system, merchants.next_wish()))
                asking.add(task)
                task.add_done_callback(asking.discard)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def _ask(client: openai.AsyncOpenAI, system: str, wish: Wish) -> None:
    with suppress(openai.OpenAIError):  # the gateway's records say it
        await client.chat.completions.create(
            model=_MODEL,
            messages=[{"role": "system", "content": system}, {"role": "user", "content": wish.text}],
            user=wish.merchant,
            temperature=0,
            max_tokens=400,
        )


if __name__ == "__main__":
    run_process(main)
