"""What another tool's SLO means in our configuration, and the text of it, ready to paste."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml
from pydantic import ValidationError

from evenkeel.judge.interop.documents import View
from evenkeel.org.config.slo import SloConfig

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9_-]+")
NAME_MAX: Final = 63
_WINDOW: Final = re.compile(r"\{\{-?\s*\.window\s*-?\}\}")
_PER_SECOND: Final = re.compile(r"\bi?rate\s*\(")


@dataclass(frozen=True, slots=True)
class Draft:
    """One SLO as we would configure it, what it could not carry, and where it was read."""

    service: str
    name: str
    config: SloConfig
    place: str  # file:line
    notes: tuple[str, ...] = ()


def draft(view: View, service: str, name: str, raw: Mapping[str, Any], notes: Iterable[str] = ()) -> Draft | None:
    """The draft of what stands at `view`; None, and a problem there, for what our configuration does not know."""
    try:
        config = SloConfig.model_validate(raw)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            ours = ".".join(str(part) for part in item["loc"])
            said = item["msg"].removeprefix("Value error, ")
            view.refuse("unsupported", f"this cannot become `{ours or 'an SLO'}` of our configuration: {said}")
        return None
    line, _ = view.document.places.get(view.path, (1, 1))
    return Draft(service, slug(name), config, f"{view.document.file}:{line}", tuple(notes))


def slug(name: str) -> str:
    """A name as the configuration allows it.

    >>> slug("Requests: Availability (web)"), slug("latency_p95")
    ('requests-availability-web', 'latency_p95')
    """
    return _NOT_IN_NAMES.sub("-", name.lower())[:NAME_MAX].strip("-_") or "slo"


def per_minute(query: str) -> str:
    """A Prometheus query of events as the count of one minute: sources are asked a minute at a time.

    >>> per_minute("sum(rate(failed_total[{{.window}}]))"), per_minute("sum(increase(failed_total[1m]))")
    ('60 * (sum(rate(failed_total[1m])))', 'sum(increase(failed_total[1m]))')
    """
    text = of_minute(query)
    return f"60 * {bracketed(text)}" if _PER_SECOND.search(text) else text


def bracketed(query: str) -> str:
    """A Prometheus query in brackets, which a comment at its end does not swallow.

    >>> bracketed("up"), bracketed("up # all of them")
    ('(up)', '(up # all of them\\n)')
    """
    return f"({query}\n)" if "#" in query else f"({query})"


def of_minute(query: str) -> str:
    """A Prometheus query with its window, where it is left open, set to a minute."""
    return _WINDOW.sub("1m", query).strip()


def percent(share: float) -> str:
    """A share as people write it.

    >>> percent(0.999), percent(0.9995)
    ('99.9 %', '99.95 %')
    """
    return f"{float(f'{100 * share:.10g}'):g} %" if round(100 * share, 4) == 100 * share else f"{100 * share:.12g} %"


def as_yaml(drafts: Iterable[Draft]) -> str:
    """Our configuration of all drafts; what could not be carried stands beside each as a comment."""
    services: dict[str, dict[str, Draft]] = {}
    for each in drafts:
        services.setdefault(each.service, {})[each.name] = each
    lines = ["services:"] if services else ["services: {}"]
    for service, slos in services.items():
        lines += [f"  {_key(service)}:", "    slos:"]
        for name, each in slos.items():
            lines.append(f"      # from {each.place}")
            lines += [f"      # not carried: {note}" for note in each.notes]
            lines.append(f"      {_key(name)}:")
            text = yaml.safe_dump(as_mapping(each.config), sort_keys=False, allow_unicode=True, width=4_096)
            lines += [f"        {line}" for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def as_mapping(config: SloConfig) -> dict[str, Any]:
    """What a configuration says beyond its defaults, in the words in which people write it."""
    said = config.model_dump(exclude_defaults=True)
    for key in ("target", "slice_target"):
        if key in said:
            said[key] = percent(said[key])
    if "slice" in said:
        said["slice"] = f"{said['slice'] // 60}m"
    sli = said.get("sli")
    if sli and "counted" in sli:
        said["sli"] = sli["counted"]
    elif sli and "latency_under" in sli:
        said["sli"] = {"latency_under": f"{sli['latency_under']:g} s"}
    order = ("title", "sli", "target", "method", "slice", "slice_target", "window", "alerts", "enabled")
    return {key: said[key] for key in order if key in said}


def _key(name: str) -> str:
    return yaml.safe_dump(name, allow_unicode=True, width=4_096, default_style=None).removesuffix("...\n").strip()
