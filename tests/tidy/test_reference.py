"""Generated pages are what the code says now, and the published schema accepts what `evenkeel check` accepts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "scripts" / "generate_reference.py"
    return subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=False)


def test_no_generated_page_is_stale() -> None:
    found = generate("--check")
    assert found.returncode == 0, found.stderr[-2000:]


def test_every_page_of_the_reference_is_generated_but_these() -> None:
    listed = set(json.loads(generate("--list").stdout))
    files = {file.name for file in REFERENCE.iterdir()}
    assert listed <= files
    # What was measured: by the simulations of bench/, and on labelled texts.
    assert files - listed <= {"glossary.md", "false-alarms.md", "languages.md"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json.loads((REFERENCE / "evenkeel.schema.json").read_text(encoding="utf-8"))


def test_the_published_schema_is_one(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def documented() -> list[str]:
    pages = (ROOT / "docs" / "how-to" / "refine-services.md", REFERENCE / "configuration.md")
    return [
        part.partition("```")[0] for page in pages for part in page.read_text(encoding="utf-8").split("```yaml\n")[1:]
    ]


@pytest.mark.parametrize("text", documented())
def test_the_schema_accepts_what_is_documented(schema: dict[str, Any], text: str) -> None:
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    "wrong",
    [
        {"servces": {}},
        {"services": {"bot": {"kind": "ragg"}}},
        {"services": {"bot": {"objectives": {"latncy_p95": {"target": 1}}}}},
        {"services": {"bot": {"objectives": {"latency_p95": {"target": "soon"}}}}},
        {"services": {"bot": {"objectives": {"latency_p95": {"page": "5x"}}}}},
        {"services": {"bot": {"heartbeat_every": 0}}},
        {"prices": {"m": {"input": 1}}},
        {"retention": {"events": 0}},
    ],
    ids=str,
)
def test_the_schema_refuses_what_check_refuses(schema: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(wrong))
