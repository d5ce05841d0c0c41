"""A real Chromium looking at a real evenkeel, and a production whose services are in every state."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM: Final = Path("/usr/bin/chromium")
FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESKTOP: Final = {"width": 1440, "height": 900}
PHONE: Final = {"width": 390, "height": 844}
ROOT: Final = Path(__file__).parents[3]
SCREENSHOTS: Final = ROOT / "tests" / "e2e" / "screenshots"
README_IMAGE: Final = ROOT / "docs" / "images" / "overview.png"
US: Final = 1_000_000
MINUTE_US: Final = 60 * US


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed, and in CI it must be")
        pytest.skip("Chromium is not installed (Debian package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screenshot() -> Callable[[Page, str], None]:
    """screenshot(page, name) keeps a picture to be looked at; with EVENKEEL_RENEW_IMAGES the README's is renewed."""
    SCREENSHOTS.mkdir(exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
        if name == README_IMAGE.stem + "-desktop" and os.environ.get("EVENKEEL_RENEW_IMAGES"):
            README_IMAGE.parent.mkdir(exist_ok=True)
            page.screenshot(path=README_IMAGE)

    return take


@dataclass
class Visit:
    """A signed-in page, and everything that went wrong on it."""

    page: Page
    context: BrowserContext
    url: str
    problems: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page of the product and wait until it is all there."""
        self.page.goto(self.url + path, wait_until="load")
        return self.page


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """visit(server, phone=…, dark=…, scripts=…) opens a browser of its own; afterwards it must have met no problem:
    no console error, no failed script, no request to another host."""
    visits: list[Visit] = []

    def start(
        server: Any, *, phone: bool = False, dark: bool = False, signed_in: bool = True, scripts: bool = True
    ) -> Visit:
        context = chromium.new_context(
            viewport=PHONE if phone else DESKTOP,
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            has_touch=phone,
            reduced_motion="reduce",
            timezone_id="Europe/Berlin",
            locale="en-GB",
        )
        if signed_in:
            context.add_cookies([{"name": "evenkeel_session", "value": server.sign_in(), "url": server.url}])
        opened = Visit(context.new_page(), context, server.url)
        note = opened.problems.append
        opened.page.on("console", lambda said: note(f"console: {said.text}") if said.type == "error" else None)
        opened.page.on("pageerror", lambda error: note(f"script: {error}"))
        opened.page.on(
            "request", lambda asked: None if asked.url.startswith(server.url) else note(f"asked {asked.url}")
        )
        visits.append(opened)
        return opened

    yield start
    problems = [problem for each in visits for problem in each.problems]
    for each in visits:
        each.context.close()
    assert problems == []


@dataclass
class Traffic:
    """Requests of one service as the event API takes them."""

    service: str
    requests: int
    minutes: tuple[float, float] = (30.0, 0.1)  # from … to … minutes ago
    version: str = "1.3.2"
    failing: float = 0.0
    slow: float = 0.0  # share that takes `slow_s`
    slow_s: float = 2.5
    environment: str = "production"
    model: str | None = "gpt-4o-mini"
    talks: bool = False  # some of its events carry what was asked and answered
    beats: bool = True  # says by a heartbeat that an hour's quiet is no silence, so that its state stays

    def events(self, random: Random, now_us: int) -> list[Mapping[str, Any]]:
        """As many as asked for, evenly spread over the minutes; the share of failures is kept exactly."""
        begin, end = (now_us - int(ago * MINUTE_US) for ago in self.minutes)
        bad = set(random.sample(range(self.requests), round(self.failing * self.requests)))
        late = set(random.sample(range(self.requests), round(self.slow * self.requests)))
        who = {"service": self.service, "environment": self.environment}
        beat = [{"kind": "heartbeat", "every_s": 3_600, **who}] if self.beats else []
        return beat + [
            {
                "kind": "inference",
                **who,
                "version": self.version,
                "model": self.model,
                "operation": "chat",
                "at": (begin + (end - begin) * n // self.requests) / US,
                "latency_s": self.slow_s if n in late else round(random.lognormvariate(-0.9, 0.35), 4),
                "status_code": 500 if n in bad else 200,
                "tokens_in": random.randrange(200, 900),
                "tokens_out": random.randrange(20, 240),
                "user": f"user-{random.randrange(80)}",
                **({"content": TALK[n // 10 % len(TALK)]} if self.talks and n % 10 == 0 else {}),
            }
            for n in range(self.requests)
        ]


_HANDED_BACK: Final = "You can hand goods back within 30 days. The money is returned to the card you paid with."
#: What is asked and answered: borne out, made up, not known, in another language.
TALK: Final = (
    {"prompt": "How long can I hand the goods back after I bought them?", "contexts": [_HANDED_BACK],
     "answer": "You can hand goods back within 30 days."},
    {"prompt": "How long does it take until the money is on my card again?", "contexts": [_HANDED_BACK],
     "answer": "Our lawyers in Zanzibar decide about that every 17 months."},
    {"prompt": "Which of the shops in the city has the largest choice of shoes?", "contexts": [_HANDED_BACK],
     "answer": "I'm sorry, I don't know."},
    {"prompt": "¿Cuánto tiempo tengo para devolver los zapatos que compré la semana pasada?",
     "contexts": [_HANDED_BACK], "answer": "Puede devolver los productos dentro de 30 días."},
)  # fmt: skip


#: One service in each state, worst first as the overview must show them.
PRODUCTION: Final = (
    Traffic("checkout-bot", 900, (55, 12), "1.3.2", talks=True),
    Traffic("checkout-bot", 500, (12, 0.1), "1.4.0", failing=0.12, talks=True),
    Traffic("claims-assistant", 1_500, slow=0.12),
    Traffic("search-rag", 2_400, (58, 0.1)),
    Traffic("translate", 1_800, (58, 0.1), "2.0.1"),
    Traffic("new-bot", 12, (4, 0.1), "0.1.0"),
    Traffic("invoice-reader", 900, (58, 31), "5.2.0", beats=False),
    Traffic("summarizer", 80, (20, 0.1), "1.4.0-rc1", environment="staging"),
)
STATES: Final = {
    "checkout-bot": "breach",
    "claims-assistant": "warning",
    "invoice-reader": "stale",
    "new-bot": "unknown",
    "search-rag": "ok",
    "translate": "ok",
}


def feed(server: Any, traffic: tuple[Traffic, ...]) -> None:
    """Send it all, in bodies of a size that the door takes."""
    random, now_us = Random(20_261_124), time.time_ns() // 1_000
    events = [event for each in traffic for event in each.events(random, now_us)]
    for begin in range(0, len(events), 5_000):
        status, answer = server.post("/v1/events", events[begin : begin + 5_000])
        assert (status, answer["rejected"]) == (200, []), answer


@contextmanager
def kept_alive(server: Any) -> Iterator[None]:
    """A request of each service now and then: minutes without any are unknown, and so would be the services."""
    versions = {each.service: each.version for each in PRODUCTION if STATES.get(each.service, "stale") != "stale"}
    over = threading.Event()

    def pulse() -> None:
        while not over.wait(10):
            server.post(
                "/v1/events",
                [
                    {"kind": "inference", "service": name, "version": version, "latency_s": 0.4}
                    for name, version in versions.items()
                ],
            )

    thread = threading.Thread(target=pulse, name="pulse")
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture(scope="module")
def production(
    start_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory, wait_until: Callable[..., Any]
) -> Iterator[Any]:
    """An evenkeel with a handful of services, one in each state."""
    server = start_server(tmp_path_factory.mktemp("production") / "home")
    feed(server, PRODUCTION)
    await_states(server, PRODUCTION, wait_until)
    with kept_alive(server):
        yield server


@pytest.fixture(scope="module")
def crowd(
    start_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory, wait_until: Callable[..., Any]
) -> Any:
    """An evenkeel with 200 services."""
    others = tuple(Traffic(f"service-{n:03}", 70, (20, 0.1)) for n in range(200 - len(STATES)))
    server = start_server(tmp_path_factory.mktemp("crowd") / "home")
    feed(server, (*PRODUCTION[:-1], *others))
    await_states(server, others, wait_until)
    return server


def await_states(server: Any, traffic: tuple[Traffic, ...], wait_until: Callable[..., Any]) -> None:
    """Return when every service is judged, and those in STATES as they must be."""
    names = {each.service for each in traffic} | STATES.keys()

    def states() -> Mapping[str, str]:
        return {name: each["status"] for name, each in server.services().items()}

    wait_until(lambda: names <= states().keys(), within_s=60, what="every service is judged")
    wait_until(lambda: states() | STATES == states(), within_s=30, what=f"the services are {STATES}")
