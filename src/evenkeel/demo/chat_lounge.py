"""A chat service with conversations, streamed answers and a daily rhythm: `python -m evenkeel.demo.chat_lounge`."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from importlib.resources import files
from random import Random, SystemRandom
from typing import Any, Final

import openai
from openai.types.chat import ChatCompletionMessageParam

from evenkeel.demo.faults import FaultFile
from evenkeel.demo.process import Orders, run_process, serve_http
from evenkeel.demo.support_bot import open_client
from evenkeel.demo.telemetry import open_telemetry
from evenkeel.demo.web_service import Question, Street, WebService, poisson_wait_s, send_visitors
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.system import SystemClock

SERVICE: Final = "chat-lounge"
VERSION: Final = "2.3.1"
ROUTE: Final = "/chat"
_MODEL: Final = "gpt-4.1-mini"
_USERS: Final = 45
_QUIET_PER_SECOND: Final = 0.6  # at four in the morning, UTC
_BUSY_PER_SECOND: Final = 3.0  # at four in the afternoon
_QUIETEST_HOUR: Final = 4.0
_TURNS_MAX: Final = 6
_CONVERSATIONS_MAX: Final = 200
_CONTINUE: Final = 0.7  # chance that the next message belongs to a conversation that is open


class ChatLounge:
    """Remembers each conversation, and streams the model's answers."""

    def __init__(self, client: openai.AsyncOpenAI, guide: str) -> None:
        self._client = client
        self._system = f"You are the friendly host of a reading café. What you know of it:\n{guide}"
        self._conversations: OrderedDict[str, list[ChatCompletionMessageParam]] = OrderedDict()

    async def chat(self, text: str, user: str, session: str) -> Mapping[str, Any]:
        """The answer to the latest message. Raises openai.OpenAIError when the model fails."""
        turns = self._conversations.setdefault(session, [])
        self._conversations.move_to_end(session)
        while len(self._conversations) > _CONVERSATIONS_MAX:
            self._conversations.popitem(last=False)
        said: ChatCompletionMessageParam = {"role": "user", "content": text}
        stream = await self._client.chat.completions.create(
            model=_MODEL,
            messages=[{"role": "system", "content": self._system}, *turns, said],
            user=user,
            stream=True,
            stream_options={"include_usage": True},
        )
        answer = "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])
        turns += [said, {"role": "assistant", "content": answer}]
        del turns[: -2 * _TURNS_MAX]
        return {"answer": answer, "turn": len(turns) // 2}


def rhythm_per_second(now_us: int) -> float:
    """Messages per second by the hour of the day (UTC): a sine between night and afternoon.

    >>> rhythm_per_second(4 * 3_600_000_000), rhythm_per_second(16 * 3_600_000_000)
    (0.6, 3.0)
    """
    hour = now_us % US_PER_DAY / US_PER_DAY * 24
    height = (1 - math.cos((hour - _QUIETEST_HOUR) / 24 * 2 * math.pi)) / 2
    return _QUIET_PER_SECOND + (_BUSY_PER_SECOND - _QUIET_PER_SECOND) * height


class Guests:
    """People who chat: a few turns each, by day more of them than by night."""

    def __init__(self, random: Random, clock: Clock, turns: Iterable[str]) -> None:
        self._random = random
        self._clock = clock
        self._turns = tuple(turns)
        self._open: list[tuple[str, str, int]] = []  # user, session, turns to come
        self._begun = 0

    def wait_s(self) -> float:
        """Seconds until the next message."""
        return poisson_wait_s(self._random, rhythm_per_second(self._clock.now_us()))

    def next_question(self) -> Question:
        """The next message, of an open conversation or a new one."""
        if self._open and self._random.random() < _CONTINUE:
            user, session, left = self._open.pop(self._random.randrange(len(self._open)))
        else:
            self._begun += 1
            user = f"guest-{self._random.randrange(_USERS):02d}"
            session, left = f"{user}-{self._clock.now_us()}-{self._begun}", self._random.randint(2, _TURNS_MAX)
        if left > 1:
            self._open.append((user, session, left - 1))
        return Question(user, session, self._random.choice(self._turns))


async def main(orders: Orders, stop: asyncio.Event) -> None:
    """Serve, and let guests chat, until told to stop."""
    data = files("evenkeel.demo")
    guide = data.joinpath("lounge_guide.txt").read_text(encoding="utf-8")
    turns = data.joinpath("lounge_turns.txt").read_text(encoding="utf-8").splitlines()
    with open_telemetry(orders, SERVICE, VERSION) as provider:
        async with open_client(orders, SERVICE) as client:
            lounge = ChatLounge(client, guide)
            guests = Guests(SystemRandom(), SystemClock(), turns)
            await asyncio.gather(
                serve_http(WebService(provider, ROUTE, lounge.chat), orders.listener, stop),
                send_visitors(Street(SERVICE, orders.port, ROUTE), guests, FaultFile(orders.home), stop),
            )


if __name__ == "__main__":
    run_process(main)
