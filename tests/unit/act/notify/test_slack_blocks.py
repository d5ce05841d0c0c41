from __future__ import annotations

from typing import Any

from evenkeel.act.notify.model import Event
from evenkeel.act.notify.slack_blocks import escape, write_blocks, write_fallback, write_update
from evenkeel.testing.receivers.blocks import check_blocks

SITE = "https://keel.acme.org"


def test_blocks_say_state_text_facts_origin_and_where_to_go(tell: Any) -> None:
    header, section, fields, context, actions = check_blocks(write_blocks(tell(), SITE))
    assert header["text"]["text"] == "🔴 Critical: Availability of bot"
    assert section["text"]["text"] == "It is 91 %."
    assert fields["fields"][0]["text"] == "*burn rate*\n15"
    assert context["elements"][0]["text"] == "bot in production · 2026-01-01T00:00:00.000Z · evenkeel"
    (button,) = actions["elements"]
    assert (button["text"]["text"], button["url"], button["style"]) == ("Acknowledge", f"{SITE}/alerts/1", "primary")


def test_what_is_over_needs_no_acknowledgement(tell: Any) -> None:
    *_, actions = write_blocks(tell(Event.RESOLVE), SITE)
    assert [each["text"]["text"] for each in actions["elements"]] == ["Alert"]


def test_what_is_not_there_takes_no_block(tell: Any) -> None:
    blocks = check_blocks(write_blocks(tell(text="\x00", facts=(), links=()), SITE))
    assert [block["type"] for block in blocks] == ["header", "context"]


def test_eleven_facts_take_two_sections(tell: Any) -> None:
    blocks = check_blocks(write_blocks(tell(facts=(("n", "v"),) * 11), SITE))
    assert [len(block["fields"]) for block in blocks if "fields" in block] == [10, 1]


def test_nobody_is_called_by_what_a_text_says(tell: Any) -> None:
    message = tell(title="<!channel> & <@U1>", text="<https://evil|click>")
    for text in (write_fallback(message), write_update(message)):
        assert "<" not in text
    assert "&lt;!channel&gt; &amp; &lt;@U1&gt;" in write_fallback(message)


def test_an_escape_is_never_cut_in_two() -> None:
    assert escape("&&&&", 11) == "&amp;&amp;…"
