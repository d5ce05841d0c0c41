"""A support assistant that searches evenkeel's documentation: `python -m evenkeel.demo.support_bot`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib.resources import files
from random import Random, SystemRandom
from typing import Any, Final

import openai
from opentelemetry.sdk.trace import TracerProvider

from evenkeel.demo.answerer import CLIENT_HEADER
from evenkeel.demo.corpus import load_corpus
from evenkeel.demo.faults import FaultFile
from evenkeel.demo.process import Orders, run_process, serve_http
from evenkeel.demo.search import Hit, Index
from evenkeel.demo.telemetry import open_telemetry
from evenkeel.demo.web_service import Question, Street, WebService, poisson_wait_s, send_visitors

SERVICE: Final = "support-bot"
VERSION: Final = "1.4.0"
ROUTE: Final = "/ask"
_MODEL: Final = "gpt-4o-mini"
_PASSAGES: Final = 4
_USERS: Final = 60
_PER_SECOND: Final = 5.0
_TIMEOUT_S: Final = 20.0
_SYSTEM: Final = (
    "You are the support assistant of evenkeel. Answer with what the passages say, in at most three sentences."
    " If they do not say it, say that you do not know."
)


class SupportBot:
    """Finds passages, and has a model answer from them."""

    def __init__(self, index: Index, client: openai.AsyncOpenAI, provider: TracerProvider) -> None:
        self._index = index
        self._client = client
        self._tracer = provider.get_tracer("evenkeel.demo.support_bot")

    async def ask(self, question: str, user: str, session: str) -> Mapping[str, Any]:
        """The answer and its sources. Raises openai.OpenAIError when the model fails."""
        del session
        hits = self._retrieve(question)
        context = "\n\n".join(f"[{hit.passage.id}] {hit.passage.heading}\n{hit.passage.text}" for hit in hits)
        completion = await self._client.chat.completions.create(
            model=_MODEL,
            messages=[
                {"role": "system", "content": f"{_SYSTEM}\n\n{context}"},
                {"role": "user", "content": question},
            ],
            user=user,
            temperature=0,
        )
        return {
            "answer": completion.choices[0].message.content,
            "sources": [hit.passage.id for hit in hits],
            "pages": sorted({hit.passage.id.partition("#")[0] for hit in hits}),
        }

    def _retrieve(self, question: str) -> list[Hit]:
        with self._tracer.start_as_current_span("retrieve documentation") as span:
            hits = self._index.search(question, _PASSAGES)
            span.set_attribute("openinference.span.kind", "RETRIEVER")
            span.set_attribute("retrieval.count", len(hits))
            for number, hit in enumerate(hits):
                span.set_attribute(f"retrieval.documents.{number}.document.id", hit.passage.id)
                span.set_attribute(f"retrieval.documents.{number}.document.score", hit.score)
                span.set_attribute(f"retrieval.documents.{number}.document.content", hit.passage.text)
        return hits


class Customers:
    """Sixty people with questions about evenkeel; some ask more often than others."""

    def __init__(self, random: Random) -> None:
        self._random = random
        text = files("evenkeel.demo").joinpath("questions.txt").read_text(encoding="utf-8")
        self._questions = text.splitlines()
        self._weights = [1 / (1 + number) ** 0.5 for number in range(_USERS)]

    def wait_s(self) -> float:
        """Seconds until the next question."""
        return poisson_wait_s(self._random, _PER_SECOND)

    def next_question(self) -> Question:
        """Somebody's question."""
        number = self._random.choices(range(_USERS), self._weights)[0]
        user = f"customer-{number:02d}"
        return Question(user, f"{user}-visit", self._random.choice(self._questions))


async def main(orders: Orders, stop: asyncio.Event) -> None:
    """Serve, and let customers ask, until told to stop."""
    with open_telemetry(orders, SERVICE, VERSION) as provider:
        async with open_client(orders, SERVICE) as client:
            bot = SupportBot(Index(load_corpus()), client, provider)
            street = Street(SERVICE, orders.port, ROUTE)
            await asyncio.gather(
                serve_http(WebService(provider, ROUTE, bot.ask), orders.listener, stop),
                send_visitors(street, Customers(SystemRandom()), FaultFile(orders.home), stop),
            )


def open_client(orders: Orders, service: str) -> openai.AsyncOpenAI:
    """The official client, pointed at the answerer."""
    return openai.AsyncOpenAI(
        base_url=orders.answerer_url,
        api_key="not-needed",
        max_retries=1,
        timeout=_TIMEOUT_S,
        default_headers={CLIENT_HEADER: service},
    )


if __name__ == "__main__":
    run_process(main)
