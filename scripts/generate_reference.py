"""Writes docs/reference from the code; `make docs` calls it. With --check it only names the pages that are stale."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from reference import (
    commands,
    configuration,
    errors,
    evaluators,
    events,
    guard,
    objectives,
    retention,
    running,
    verdicts,
)

FOLDER: Final = Path(__file__).parents[1] / "docs" / "reference"

#: file -> what it says.
PAGES: Final[dict[str, Callable[[], str]]] = {
    "verdicts.md": verdicts.verdicts_page,
    "defaults.md": objectives.defaults_page,
    "indicators.md": objectives.indicators_page,
    "configuration.md": configuration.configuration_page,
    "evenkeel.schema.json": configuration.schema_text,
    "events.md": events.events_page,
    "outcomes.md": events.outcomes_page,
    "dialects.md": events.dialects_page,
    "cli.md": commands.commands_page,
    "api.md": running.api_page,
    "metrics.md": running.metrics_page,
    "errors.md": errors.errors_page,
    "retention.md": retention.retention_page,
    "guard.md": guard.guard_page,
    "evaluators.md": evaluators.evaluators_page,
}


def main() -> None:
    """Write every page, or check all of them; exits with 1 when one is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; name what is stale")
    parser.add_argument("--list", action="store_true", help="write nothing; list the pages as JSON")
    given = parser.parse_args()
    if given.list:
        print(json.dumps(list(PAGES)))
        return
    checks = given.check
    logging.disable()  # doors are asked for refusals on purpose
    stale: list[str] = []
    for name, write in PAGES.items():
        text = write()
        file = FOLDER / name
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not checks:
            file.write_text(text, encoding="utf-8")
    if checks and stale:
        raise SystemExit(f"Stale in docs/reference: {', '.join(stale)}. Run `make docs`.")
    print(f"docs/reference: {len(PAGES)} pages, {len(stale) or 'none'} renewed")


if __name__ == "__main__":
    main()
