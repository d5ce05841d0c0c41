"""What Slack shows of a message: blocks and texts within its limits.

| limit | value | source |
|---|---|---|
| blocks of a message | 50 | api.slack.com/reference/block-kit/blocks |
| text of a header | 150, plain | the same |
| text of a section | 3,000 | the same |
| fields of a section | 10, each 2,000 | the same |
| elements of actions | 25; text of a button 75, its URL 3,000, its action_id 255 | reference/block-kit/block-elements |
| all blocks together | about 13,200 characters (msg_blocks_too_long) | slackapi/bolt-js#2509, not documented |

`&`, `<` and `>` are escaped, so that no text becomes a link or calls a channel; a limit counts the escaped text.
"""

from __future__ import annotations

from typing import Any, Final

from evenkeel.act.notify.cutting import cut, mend, one_line, unit_cost
from evenkeel.act.notify.model import Event, Message
from evenkeel.act.notify.phrasing import headline, links_of, origin_of, state_of, title_of
from evenkeel.kernel.time import isoformat

HEADER_LENGTH_MAX: Final = 150
SECTION_LENGTH_MAX: Final = 3_000
FIELDS_PER_SECTION_MAX: Final = 10
BUTTON_LENGTH_MAX: Final = 75
URL_LENGTH_MAX: Final = 3_000
#: Ours, so that all blocks stay below 13,000: 150 + 3,000 + 20 * (80 + 160 + 3) + 400, and buttons.
FACTS_MAX: Final = 20
FACT_NAME_LENGTH_MAX: Final = 80
FACT_LENGTH_MAX: Final = 160
CONTEXT_LENGTH_MAX: Final = 400
BUTTONS_MAX: Final = 5
FALLBACK_LENGTH_MAX: Final = 500

_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: str, limit: int) -> str:
    """`text` as mrkdwn that means nothing but itself, at most `limit` long when it is escaped.

    >>> escape("p95 > 2 s & <!channel>", 100)
    'p95 &gt; 2 s &amp; &lt;!channel&gt;'
    """
    return "".join(_ESCAPES.get(each, each) for each in cut(text, limit, _escaped_cost))


def write_blocks(message: Message, site_url: str) -> list[dict[str, Any]]:
    """Header with the state, text, facts, origin, and buttons that lead to pages."""
    symbol, _ = state_of(message)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(f"{symbol} {headline(message)}", HEADER_LENGTH_MAX)},
    ]
    text = mend(message.text).strip()
    if text:
        blocks.append({"type": "section", "text": _mrkdwn(escape(text, SECTION_LENGTH_MAX))})
    fields = [_field(name, value) for name, value in message.facts[:FACTS_MAX]]
    blocks += [
        {"type": "section", "fields": fields[start : start + FIELDS_PER_SECTION_MAX]}
        for start in range(0, len(fields), FIELDS_PER_SECTION_MAX)
    ]
    context = f"{origin_of(message)} · {isoformat(message.at_us)} · evenkeel"
    blocks.append({"type": "context", "elements": [_mrkdwn(escape(context, CONTEXT_LENGTH_MAX))]})
    links = links_of(message, site_url, URL_LENGTH_MAX)[:BUTTONS_MAX]
    if links:
        blocks.append({"type": "actions", "elements": [_button(message, n, link) for n, link in enumerate(links)]})
    return blocks


def write_fallback(message: Message) -> str:
    """What notifications and screen readers say."""
    symbol, _ = state_of(message)
    return escape(f"{symbol} {headline(message)} ({origin_of(message)})", FALLBACK_LENGTH_MAX)


def write_update(message: Message) -> str:
    """A line of the thread."""
    symbol, word = state_of(message)
    lead = f"{symbol} *{word}*: {escape(title_of(message), FALLBACK_LENGTH_MAX)}"
    text = escape(mend(message.text).strip(), SECTION_LENGTH_MAX - FALLBACK_LENGTH_MAX - 100)
    return f"{lead}\n{text}" if text else lead


def _button(message: Message, number: int, link: tuple[str, str]) -> dict[str, Any]:
    words, url = link
    if number == 0 and message.event is Event.TRIGGER:
        words = "Acknowledge"  # the alert's own page, where that is one tap
    button: dict[str, Any] = {
        "type": "button",
        "text": _plain(words, BUTTON_LENGTH_MAX),
        "url": url,
        "action_id": f"link-{number}",
    }
    return button | {"style": "primary"} if words == "Acknowledge" else button


def _field(name: str, value: str) -> dict[str, Any]:
    shown = escape(one_line(name) or "–", FACT_NAME_LENGTH_MAX)
    return _mrkdwn(f"*{shown}*\n{escape(one_line(value) or '–', FACT_LENGTH_MAX)}")


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": True}


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def _escaped_cost(character: str) -> int:
    return len(_ESCAPES[character]) if character in _ESCAPES else unit_cost(character)
