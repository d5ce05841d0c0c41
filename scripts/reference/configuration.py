"""configuration.md and the published JSON Schema, from the models that read the configuration."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from evenkeel.judge.objectives.resolve import indicator_rules
from evenkeel.org.config.fields import Section
from evenkeel.org.config.gateway import (
    GatewayRouteConfig,
    UpstreamConfig,
    VersionConfig,
)
from evenkeel.org.config.gateway_limits import LimitConfig
from evenkeel.org.config.judges import JudgeConfig
from evenkeel.org.config.model import Config, ObjectiveConfig, PriceConfig, RatesConfig, ServiceConfig, json_schema
from evenkeel.org.config.notify import ChannelConfig, NotifyConfig
from evenkeel.org.config.probes import ProbeConfig
from evenkeel.org.config.rules import CatalogueConfig
from evenkeel.org.config.slo import SliConfig, SloConfig
from evenkeel.org.config.sources import SourceConfig
from reference.markdown import code, codes, page, table

#: What stands in for the keys that people choose.
_CHOSEN: dict[type[BaseModel], tuple[str, str]] = {
    ServiceConfig: ("NAME", "support-bot"),
    PriceConfig: ("MODEL", "my-own-model"),
    RatesConfig: ("TIER", "priority"),
    ObjectiveConfig: ("INDICATOR", "error_rate"),
    SloConfig: ("SLO", "fast-answers"),
    ChannelConfig: ("NAME", "slack"),
    UpstreamConfig: ("NAME", "openai"),
    GatewayRouteConfig: ("SERVICE", "support-bot"),
    VersionConfig: ("VERSION", "v2"),
    LimitConfig: ("ID", "care-month"),
    ProbeConfig: ("NAME", "shop-front"),
    SourceConfig: ("NAME", "prometheus"),
    CatalogueConfig: ("NAME", "weekly"),
    JudgeConfig: ("NAME", "grounded"),
}
#: Keys that cannot stand beside others, left out where everything is shown at once.
_LEFT_OUT: dict[type[BaseModel], tuple[str, ...]] = {
    ProbeConfig: ("tls", "golden", "dependency"),
    SliConfig: ("counted", "probes", "source", "composite"),
    ChannelConfig: (
        "api_key", "host", "password", "port", "routing_key", "secret", "sender", "tls", "to", "url",
        "username",
    ),
    NotifyConfig: ("synthetic",),
    ObjectiveConfig: ("baseline", "source", "golden_set", "measure"),  # of other indicators than the one that is shown
}  # fmt: skip


def schema_text() -> str:
    """What `evenkeel check --schema` prints."""
    return json.dumps(json_schema(indicator_rules()), indent=2, ensure_ascii=False) + "\n"


def configuration_page() -> str:
    """The page."""
    sections = [part for path, section in _sections(Config, ()) for part in _section(path, section)]
    return page(
        "Configuration",
        "Every key of `evenkeel.yaml`, or of the files in `evenkeel.d`. Every key is optional unless the table says"
        " *required*. [Refine services](../how-to/refine-services.md) shows how to go about it.",
        "The same as JSON Schema, for your editor: [evenkeel.schema.json](evenkeel.schema.json), or"
        " `evenkeel check --schema`. `evenkeel check` knows more than a schema can say, such as that an alert is never"
        " stricter than its target.",
        *sections,
        "## Everything at once",
        "The examples of all keys together; a test reads it with `evenkeel check`.",
        f"```yaml\n{yaml.safe_dump(_example(Config), sort_keys=False, allow_unicode=True)}```",
    )


def _sections(section: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    for name, field in section.model_fields.items():
        below = _below(field.annotation)
        if below is not None:
            inner = _path(path, name, below)
            yield inner, below
            yield from _sections(below, inner)


def _path(above: tuple[str, ...], name: str, section: type[BaseModel]) -> tuple[str, ...]:
    return (*above, name, _CHOSEN[section][0]) if section in _CHOSEN else (*above, name)


def _section(path: tuple[str, ...], section: type[BaseModel]) -> Iterator[str]:
    schema = section.model_json_schema()
    rows: list[tuple[str, str, str, str, str]] = []
    for name, field in section.model_fields.items():
        example = codes(_inline(value) for value in field.examples or ())
        below = _below(field.annotation)
        said = (
            f"a section, see `{'.'.join(_path(path, name, below))}`"
            if below
            else _type(schema["properties"][name], schema)
        )
        rows.append((code(name), said, "" if below else _default(field), example, field.description or ""))
    yield f"## {'.'.join(path)}"
    yield (section.__doc__ or "").strip()
    yield table(("key", "type", "default", "example", "what it says"), rows)


def _default(field: FieldInfo) -> str:
    return "*required*" if field.is_required() else _shown(field.get_default(call_default_factory=True))


def _below(annotation: Any) -> type[BaseModel] | None:
    """The section that an annotation holds, if it does."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType, dict):
        return next((found for part in get_args(annotation) if (found := _below(part))), None)
    return None


def _type(schema: dict[str, Any], root: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(part, root) for part in schema["anyOf"] if part.get("type") != "null")
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return " or ".join(code(value) for value in schema["enum"])
    match schema.get("type"):
        case "string":
            return (
                "text with its unit"
                if any(units in schema.get("pattern", "") for units in ("[smhdw]", "(ms|", "%"))
                else "text"
            )
        case "boolean":
            return "`true` or `false`"
        case "object":
            return "mapping"
        case "array":
            if "$ref" in (items := schema["items"]):  # a section without a name of its own
                keys = root["$defs"][items["$ref"].rpartition("/")[2]]["properties"]
                return f"list of mappings with {', '.join(map(code, keys))}"
            return f"list of {_type(items, root)}"
        case kind:
            return f"{'whole number' if kind == 'integer' else 'number'}{_range(schema)}"


def _range(schema: dict[str, Any]) -> str:
    signs = (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"))
    said = [f"{sign} {schema[key]:,}" for key, sign in signs if key in schema]
    return f" {', '.join(said)}" if said else ""


def _shown(value: object) -> str:
    return "" if value in (None, "") else code(_inline(value))


def _inline(value: object) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    text = yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=200)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def _example(section: type[BaseModel]) -> dict[str, Any]:
    """Every key with its first example."""
    found: dict[str, Any] = {}
    for name, field in section.model_fields.items():
        if name in _LEFT_OUT.get(section, ()):
            continue
        below = _below(field.annotation)
        if below is None:
            found[name] = (field.examples or [field.get_default()])[0]
        elif below in _CHOSEN:
            found[name] = {_CHOSEN[below][1]: _example(below)}
        else:
            found[name] = _example(below)
    return found
