"""Documentation cannot lie: links resolve, commands exist, configurations are valid, examples hold."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import evenkeel
from evenkeel import Client
from evenkeel.cli.main import cli
from evenkeel.judge.indicators.table import load_defaults
from evenkeel.judge.objectives.resolve import indicator_rules
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import Window
from evenkeel.kernel.verdict import Limits, judge_verdict
from evenkeel.observe.imports.mapping import read_mapping
from evenkeel.org.config.read import check
from evenkeel.store.telemetry.upkeep import KEEP_DAYS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
#: Files that a run of the product or of the end-to-end tests makes.
MADE_LATER = {"docs/images/overview.png"}

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^(?:\.venv/bin/)?evenkeel ([a-z-][^\n#|…]*)", re.MULTILINE)
_TARGET = re.compile(r"\bmake ([a-z][a-z0-9-]*)(?=[`\s]|$)")


def _blocks(page: Path, language: str) -> list[str]:
    return [body for found, body in _FENCE.findall(page.read_text(encoding="utf-8")) if found == language]


def _code(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [*[body for _, body in _FENCE.findall(text)], *re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))]


def _prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_resolves(page: Path) -> None:
    broken: list[str] = []
    for target in _LINK.findall(_prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if file.is_relative_to(ROOT) and str(file.relative_to(ROOT)) in MADE_LATER:
            continue
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)
    assert broken == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+\s+(.*)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_reached_from_the_index() -> None:
    seen, waiting = set[Path](), [ROOT / "README.md", ROOT / "docs" / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        links = [(page.parent / target.partition("#")[0]).resolve() for target in _LINK.findall(_prose(page))]
        waiting += [link for link in links if link.suffix == ".md" and link.exists()]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in seen] == []


def _commands() -> Iterator[tuple[str, list[str]]]:
    for page in PAGES:
        if page.name == "CHANGELOG.md":
            continue
        for line in dict.fromkeys(line for code in _code(page) for line in _COMMAND.findall(code)):
            yield f"{page.relative_to(ROOT)}: evenkeel {line.strip()}", line.split()


@pytest.mark.parametrize(("said", "words"), [pytest.param(said, words, id=said) for said, words in _commands()])
def test_every_command_named_exists_with_its_options(said: str, words: list[str]) -> None:
    command: Any = cli
    context = click.Context(command)
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        name = words.pop(0)
        command = command.get_command(context, name)
        assert command is not None, f"{said}: there is no command {name}"
        context = click.Context(command, parent=context)
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert given <= known, f"{said}: there is no option {given - known}"


def test_commands_are_found_at_all() -> None:
    assert len(list(_commands())) >= 20


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {target for page in PAGES for code in _code(page) for target in _TARGET.findall(code)}
    assert named
    assert named <= targets


@pytest.mark.parametrize("page", [page for page in PAGES if _blocks(page, "yaml")], ids=lambda page: page.name)
def test_every_configuration_shown_is_valid(page: Path, tmp_path: Path) -> None:
    for number, text in enumerate(_blocks(page, "yaml")):
        if "exporters:" in text or "scrape_configs:" in text:
            continue  # the configuration of a Collector, or of a Prometheus
        file = tmp_path / f"{number}.yaml"
        file.write_text(text, encoding="utf-8")
        if page.name == "import-files.md":
            assert read_mapping(file).columns
            continue
        assert check(file, indicator_rules())[1] == []


def test_the_configuration_error_shown_is_the_one_that_is_given(tmp_path: Path) -> None:
    page = ROOT / "docs" / "how-to" / "refine-services.md"
    (shown,) = [text.strip() for text in _blocks(page, "") if "did you mean" in text]
    file = tmp_path / "evenkeel.yaml"
    file.write_text(_blocks(page, "yaml")[0].replace("latency_p95", "latncy_p95"), encoding="utf-8")
    assert [str(problem) for problem in check(file, indicator_rules())[1]] == [shown]


def _rows(page: Path, heading: str) -> list[list[str]]:
    """The rows of the table whose header begins so."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(heading))
    rows: list[list[str]] = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip().strip("|").split("|")])
    return rows


def test_the_verdicts_shown_are_the_ones_that_are_given() -> None:
    rows = _rows(ROOT / "docs" / "concepts" / "verdict.md", "| lo | hi | T | A |")
    assert len(rows) >= 8
    for low, high, target, alert, status in rows:
        estimate = Estimate(
            value=float(low),
            unit="ratio",
            low=float(low),
            high=float(high),
            level_low=0.95,
            level_high=0.95,
            n=100,
            method="shown in the documentation",
            window=Window(0, 1),
            coverage=1.0,
            as_of_us=0,
            watermark_us=0,
        )
        verdict = judge_verdict(estimate, Limits(float(target), float(alert)), now_us=0, valid_for_us=1)
        assert verdict.status == status


def test_the_default_objectives_shown_are_the_ones_in_force() -> None:
    page = ROOT / "docs" / "concepts" / "objective.md"
    rows = {row[0]: row[2:] for head in ("| indicator |", "| of quality |") for row in _rows(page, head)}
    defaults = {default.indicator: default for kind, default in load_defaults() if kind == "any"}
    assert set(rows) == set(defaults)
    for name, (target, alert) in rows.items():
        assert _number(target) == pytest.approx(defaults[name].target, rel=1e-3)
        own = None if alert == "the target" else _number(alert)
        in_force = defaults[name].alert
        assert own == (None if in_force is None else pytest.approx(in_force, rel=1e-3))


def _number(text: str) -> float:
    value = float(re.sub(r"[^\d.]", "", text))
    return value / 100 if "%" in text or "points" in text else value


def test_the_retention_shown_is_the_one_in_force() -> None:
    rows = _rows(ROOT / "docs" / "how-to" / "operate.md", "| class |")
    names = {"per minute": "minute", "per hour": "hour", "per day": "day"}
    shown: dict[str, int] = {}
    for title, days in rows:
        name = title
        for words, grain in names.items():
            name = name.replace(f" {words}", f"_{grain}")
        shown[name] = int(days.split()[0])
    assert shown == dict(KEEP_DAYS)


def test_every_dependency_has_its_row() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {"–": project["dependencies"], **project["optional-dependencies"]}
    declared = {(re.split(r"[<>=\[]", item)[0], extra) for extra, items in extras.items() for item in items}
    rows = _rows(ROOT / "docs" / "adr" / "0004-dependencies.md", "| package |")
    assert {(row[0], row[1]) for row in rows} == declared


def _uses_us(page: Path) -> bool:
    return any("evenkeel" in text for text in _blocks(page, "python"))


@pytest.mark.parametrize("page", [page for page in PAGES if _uses_us(page)], ids=lambda page: page.name)
def test_every_python_example_uses_client_and_library_as_they_are(page: Path) -> None:
    for text in _blocks(page, "python"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("evenkeel"):
                home = importlib.import_module(node.module or "")
                assert [each.name for each in node.names if not hasattr(home, each.name)] == []
            if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
                continue
            known = {"evenkeel": evenkeel, "client": Client, "ek": Client}.get(node.value.id)
            assert known is None or hasattr(known, node.attr), f"{page.name}: {node.value.id} has no {node.attr}"


def test_examples_in_python_are_found_at_all() -> None:
    pages = {page.name for page in PAGES if _uses_us(page)}
    assert {"README.md", "send-events.md", "use-as-a-library.md", "move-from-evidently.md"} <= pages


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_a_user_of_evidently_pastes_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs" / "how-to" / "move-from-evidently.md"
    exec("\n".join(_blocks(page, "python")), {})
    made = {each.name for each in tmp_path.iterdir()}
    assert made == {"age.svg", "drift.html", "price.svg", "reference.json", "quality.svg", "by-plan.svg"}
