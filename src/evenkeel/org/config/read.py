"""Reading the configuration: every error at once, with file, line and the nearest valid key."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

import yaml
from pydantic import BaseModel, ValidationError

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.org.config.fields import parse_quantity
from evenkeel.org.config.gateway_names import check_gateway
from evenkeel.org.config.judges import JudgeConfig
from evenkeel.org.config.model import Config, ObjectiveConfig
from evenkeel.org.config.notify import ChannelConfig, check_notify
from evenkeel.org.config.objectives import IndicatorRule, check_limits
from evenkeel.org.config.probes import ProbeConfig
from evenkeel.org.config.rules import check_alerts, check_catalogues
from evenkeel.org.config.slo import SloConfig, check_probes, check_slos
from evenkeel.org.config.sources import SourceConfig

BYTES_MAX: Final = 1024 * 1024
#: Words of pydantic and of `slo.Alerts` in what would otherwise be a path: they stand in no file.
_NO_PLACES: Final = ("[key]", "[name]", "[rules]")
_SUFFIXES: Final = (".yaml", ".yml")
#: Sections whose keys are names that people choose.
_BY_NAME: Final = (
    "services", "prices", "objectives", "slos", "probes", "sources", "channels", "upstreams", "routes", "versions",
    "limits", "judges",
)  # fmt: skip
#: What a value may be, as YAML calls it and as we say it.
_SCALARS: Final = {
    "str": "text", "int": "whole number", "float": "number", "bool": "truth value", "null": "nothing",
    "timestamp": "date",
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, and where."""

    file: str
    line: int
    column: int
    path: str  # services.bot.objectives.latency_p95.target
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


@dataclass(slots=True)
class _Document:
    """All files together: their content, and where each path stands."""

    content: dict[str, Any] = field(default_factory=dict[str, Any])
    places: dict[tuple[str, ...], tuple[str, int, int]] = field(
        default_factory=dict[tuple[str, ...], tuple[str, int, int]]
    )
    problems: list[Problem] = field(default_factory=list[Problem])

    def problem(self, path: Sequence[str], message: str) -> None:
        """Note a problem at `path`, or at the nearest thing above it that stands somewhere."""
        place = next(self.places[tuple(path[:n])] for n in range(len(path), -1, -1) if tuple(path[:n]) in self.places)
        self.problems.append(Problem(*place, ".".join(path), message))


def load(path: Path, indicators: Mapping[str, IndicatorRule]) -> Config:
    """The configuration at `path`, a file or a folder; the empty one when there is none.

    Raises InvalidInputError that carries every problem.
    """
    config, problems = check(path, indicators)
    if problems:
        text = "\n".join(map(str, problems))
        raise InvalidInputError(
            f"The configuration has {len(problems)} problem{'s' if len(problems) > 1 else ''}:\n{text}",
            hint="Nothing was changed; the last good configuration stays in force.",
            problems=[str(problem) for problem in problems],
        )
    return config


def check(path: Path, indicators: Mapping[str, IndicatorRule]) -> tuple[Config, list[Problem]]:
    """The configuration and everything that is wrong with it."""
    document = _Document()
    document.places[()] = (path.name, 1, 1)
    for file in _files(path):
        _read_file(file, document)
    config = Config()
    try:
        config = Config.model_validate(document.content)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            _explain(item, document)
    _check_objectives(document, indicators)
    check_notify(document.content.get("notify"), lambda below, why: document.problem(("notify", *below), why))
    gateway, upstreams = document.content.get("gateway"), document.content.get("upstreams")
    check_gateway(gateway, upstreams, lambda below, why: document.problem(("gateway", *below), why))
    return config, sorted(set(document.problems))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES)
    return [path] if path.exists() else []


def _read_file(file: Path, document: _Document) -> None:
    top = (file.name, 1, 1)
    if file.stat().st_size > BYTES_MAX:
        document.problems.append(Problem(*top, "", f"the file has more than {BYTES_MAX} bytes"))
        return
    try:
        text = file.read_text(encoding="utf-8")
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
            document.problems.append(Problem(*top, "", "aliases (*name) are not read; write the value out"))
            return
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        document.problems.append(Problem(*top, "", f"the file is not UTF-8 at byte {error.start}"))
        return
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (file.name, mark.line + 1, mark.column + 1) if mark else top
        document.problems.append(Problem(*place, "", f"not YAML: {error.problem or error.context}"))
        return
    except yaml.YAMLError as error:
        document.problems.append(Problem(*top, "", f"not YAML: {str(error)[:200]}"))
        return
    except RecursionError:
        document.problems.append(Problem(*top, "", "the file is nested too deep"))
        return
    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        document.problems.append(Problem(*top, "", "a configuration is a mapping, e.g. `services:`"))
        return
    found = _plain(node, (), file.name, document)
    _merge(document.content, cast("dict[str, Any]", found), (), document)


def _plain(node: yaml.Node, path: tuple[str, ...], file: str, document: _Document) -> Any:
    """A node as plain Python, noting where everything stands."""
    place = (file, node.start_mark.line + 1, node.start_mark.column + 1)
    document.places.setdefault(path, place)
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_place = (file, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                document.problems.append(Problem(*key_place, ".".join(path), "a key is text"))
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in found:
                document.problems.append(Problem(*key_place, ".".join(here), "this key stands here twice"))
                continue
            document.places.setdefault(here, key_place)
            found[key] = _plain(value_node, here, file, document)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, str(n)), file, document) for n, item in enumerate(node.value)]
    return _scalar(node, Problem(*place, ".".join(path), ""), document)


def _scalar(node: yaml.Node, empty: Problem, document: _Document) -> Any:
    """What a scalar says; one that cannot say what it means to is a problem, and stays text."""
    loader: Any = yaml.SafeLoader("")
    kind = node.tag.rpartition(":")[2]
    try:
        if kind in _SCALARS:
            return loader.construct_object(node)
        why = f"tags ({node.tag}) are not read"
    except (ValueError, AttributeError, OverflowError, yaml.YAMLError):
        why = f"{str(node.value)[:40]!r} is no {_SCALARS[kind]}"
    document.problems.append(replace(empty, message=why))
    return str(node.value)


def _merge(into: dict[str, Any], more: dict[str, Any], path: tuple[str, ...], document: _Document) -> None:
    """Files of a folder add up; saying the same thing twice is a problem."""
    for key, value in more.items():
        here = (*path, key)
        if key not in into:
            into[key] = value
        elif isinstance(into[key], dict) and isinstance(value, dict):
            _merge(cast("dict[str, Any]", into[key]), cast("dict[str, Any]", value), here, document)
        else:
            document.problem(here, "this is said in two files")


def _explain(item: Any, document: _Document) -> None:
    path = tuple(str(part) for part in item["loc"] if part not in _NO_PLACES)
    if item["type"] == "extra_forbidden":
        valid = _keys_at(path[:-1])
        near = difflib.get_close_matches(path[-1], valid, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(valid)}"
        document.problem(path, f"there is no such key; {hint}")
        return
    message = item["msg"].removeprefix("Value error, ")
    document.problem(path, message[0].lower() + message[1:])


def _keys_at(path: tuple[str, ...]) -> list[str]:
    """The keys a section knows."""
    sections: dict[str, Any] = {
        "objectives": ObjectiveConfig, "slos": SloConfig, "probes": ProbeConfig, "sources": SourceConfig,
        "channels": ChannelConfig, "judges": JudgeConfig,
    }  # fmt: skip
    section: type[BaseModel] = Config
    parts = list(path)
    while parts:
        name = parts.pop(0)
        if name in _BY_NAME and parts:
            parts.pop(0)  # the name of a service, model, indicator …
        section = sections.get(name) or _section_of(section, name) or section
    return [known.alias or name for name, known in section.model_fields.items()]


def _section_of(section: type[BaseModel], name: str) -> type[BaseModel] | None:
    found = section.model_fields.get(name)
    if found is None:
        return None
    candidates: list[Any] = [found.annotation, *getattr(found.annotation, "__args__", ())]
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _check_objectives(document: _Document, indicators: Mapping[str, IndicatorRule]) -> None:
    services, catalogues, probes = (document.content.get(name) for name in ("services", "catalogues", "probes"))
    check_catalogues(dict(_mappings(catalogues)), lambda below, why: document.problem(("catalogues", *below), why))
    for name, service in _mappings(services):

        def note(below: tuple[str, ...], message: str, at: tuple[str, ...] = ("services", name)) -> None:
            document.problem((*at, *below), message)

        check_slos(service, note)
        check_probes(name, service.get("slos"), dict(_mappings(probes)), note)
        targets = _targets(dict(_mappings(service.get("objectives"))), indicators)
        check_alerts(dict(_mappings(service.get("slos"))), dict(_mappings(catalogues)), targets, note)
        for indicator, raw in _mappings(service.get("objectives")):
            path = ("services", name, "objectives", indicator)
            rule = indicators.get(indicator)
            if rule is None:
                near = difflib.get_close_matches(indicator, indicators, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(indicators)}"
                document.problem(path, f"there is no such indicator; {hint}")
                continue
            check_limits(raw, rule, lambda key, message, at=path: document.problem((*at, key), message))


def _targets(objectives: Mapping[str, Any], indicators: Mapping[str, IndicatorRule]) -> dict[str, float]:
    """The targets of the SLOs that objectives stand behind: shares of good ones."""
    found: dict[str, float] = {}
    for name, rule in indicators.items():
        target = rule.target
        with suppress(ValueError):  # said already
            target = parse_quantity(objectives.get(name, {}).get("target", target))
        found[name] = rule.quantile or (1.0 - target if rule.larger_is_worse else target)
    return found


def _mappings(node: Any) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(node, dict):
        return []
    pairs = cast("dict[str, Any]", node).items()
    return [(key, cast("dict[str, Any]", value)) for key, value in pairs if isinstance(value, dict)]
