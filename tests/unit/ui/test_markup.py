"""Texts of ours as markup."""

from __future__ import annotations

from evenkeel.ui import markup


def test_what_stands_between_backticks_is_code_and_nothing_becomes_markup() -> None:
    assert markup.code("Ask `evenkeel slo list`.") == 'Ask <code class="mono">evenkeel slo list</code>.'
    assert markup.code("`<b>` & one ` alone") == '<code class="mono">&lt;b&gt;</code> &amp; one ` alone'
