"""retention.md: a number per class."""

from __future__ import annotations

from evenkeel.org.config.model import RetentionConfig
from evenkeel.store.telemetry.upkeep import KEEP_DAYS
from reference.markdown import code, page, table


def retention_page() -> str:
    """The page."""
    defaults = RetentionConfig()
    fields = RetentionConfig.model_fields
    rows = [
        (code(name), fields[name].description, f"{days} days", f"`retention.{name}`")
        for name, days in (*KEEP_DAYS.items(), ("uploaded_texts", defaults.uploaded_texts))
        if days == getattr(defaults, name)
    ]
    if len(rows) != len(fields):
        raise SystemExit("KEEP_DAYS and RetentionConfig do not agree")
    return page(
        "Retention",
        "How long each class of data is kept. [Configure](configuration.md#retention) other numbers, from 1 to 36,500"
        " days. Counters and sketches are never deleted before the events they were counted from. Verdict history and"
        " the audit trail are not deleted.",
        table(("class", "what it is", "kept by default", "key"), rows),
        "The journal keeps what is not folded yet; a folded segment is deleted. Damaged pieces set aside are kept until"
        " somebody removes them. [Erasure](../how-to/back-up-and-restore.md#keep-in-mind) of a person's traces does not"
        " wait for any of this.",
    )
