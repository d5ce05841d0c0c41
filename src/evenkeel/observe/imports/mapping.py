"""Which column of a file is which of ours (SPEC OBS-4): a YAML mapping, or a preset that comes with evenkeel."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from evenkeel.kernel.embedding import EMBEDDING
from evenkeel.kernel.errors import InvalidInputError, NotFoundError

SEGMENTS_MAX: Final = 50
SEGMENT_MAX: Final = 100  # characters of a name
FEATURES_MAX: Final = 500

#: What a file may fill.
TARGETS: Final = (
    "at", "service", "environment", "version", "model", "provider", "operation", "latency_s", "ttft_s", "tokens_in",
    "tokens_out", "tokens_cached", "tokens_cache_write", "tokens_reasoning", "status_code", "error", "outcome", "user",
    "session", "subject", "label", "value", "response_id", "prompt", "contexts", "answer", "embedding",
)  # fmt: skip


def _target(name: str) -> str:
    if name not in TARGETS:
        msg = f"{name!r} is nothing a file can fill; there are {', '.join(TARGETS)}"
        raise ValueError(msg)
    return name


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"{name!r} is no time zone"
        raise ValueError(msg) from error
    return name


Target = Annotated[str, AfterValidator(_target)]


class Mapping(BaseModel):
    """A mapping as written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="Part of each row's identity: keep it.")
    columns: dict[Target, str] = Field(description="Ours: theirs.")
    constants: dict[Target, str | int | float] = Field(default_factory=dict, description="What the file does not say.")
    time: Literal["iso", "seconds", "milliseconds"] = "iso"
    zone: Annotated[str, AfterValidator(_zone)] = Field(default="UTC", description="Of times without one.")
    latency_unit: Literal["s", "ms"] = "s"
    kind: Literal["inference", "prediction", "outcome"] = Field(
        default="inference", description="What each row is: a call of a model, a prediction, or a truth."
    )
    segments: dict[str, str] = Field(default_factory=dict, description="Of predictions, the name of a segment: theirs.")
    features: dict[str, str] = Field(default_factory=dict, description="Of predictions, the name of a feature: theirs.")


def read_mapping(path: Path) -> Mapping:
    """The mapping in a file. Raises InvalidInputError naming everything that is wrong."""
    if not path.is_file():
        raise NotFoundError(f"There is no mapping {path}.", hint="Check the path.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{path.name} is not UTF-8 at byte {error.start}.", hint="Convert it.") from None
    return _parse(text, path.name)


def read_preset(name: str) -> Mapping:
    """A mapping that comes with evenkeel. Raises NotFoundError listing all there are."""
    folder = files("evenkeel.observe.imports").joinpath("presets")
    known = sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))
    if name not in known:
        raise NotFoundError(f"There is no preset {name!r}.", hint=f"There are {', '.join(known)}.")
    return _parse(folder.joinpath(f"{name}.yaml").read_text(encoding="utf-8"), name)


def _parse(text: str, where: str) -> Mapping:
    try:
        document: Any = yaml.safe_load(text)
        mapping = Mapping.model_validate(document)
    except yaml.YAMLError as error:
        raise InvalidInputError(f"{where} is not YAML: {error}.") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
        raise InvalidInputError(
            f"{where} is no mapping: {problems}.", hint="See docs/how-to/import-files.md."
        ) from error
    return check_mapping(mapping, where)


def check_mapping(mapping: Mapping, where: str) -> Mapping:
    """The mapping, if what it says goes together. Raises InvalidInputError."""
    named = mapping.columns.keys() | mapping.constants.keys()
    for name in ("segments", "features"):
        if getattr(mapping, name) and mapping.kind != "prediction":
            raise InvalidInputError(
                f"{where} has {name}, and its rows are no predictions.", hint="Add `kind: prediction` to the mapping."
            )
    if mapping.kind != "inference" and "subject" not in named:
        raise InvalidInputError(
            f"{where} maps no subject, by which a prediction and its truth are one.", hint="Add `subject:`."
        )
    if len(mapping.segments) > SEGMENTS_MAX or not all(0 < len(name) <= SEGMENT_MAX for name in mapping.segments):
        raise InvalidInputError(
            f"{where} names {len(mapping.segments)} segments.",
            hint=f"Up to {SEGMENTS_MAX} are kept, with names of 1 to {SEGMENT_MAX} characters.",
        )
    _check_features(mapping, where)
    if "at" not in mapping.columns:
        raise InvalidInputError(f"{where} maps no time.", hint="Add `at:` under columns.")
    return mapping


def _check_features(mapping: Mapping, where: str) -> None:
    if len(mapping.features) > FEATURES_MAX or not all(0 < len(name) <= SEGMENT_MAX for name in mapping.features):
        raise InvalidInputError(
            f"{where} names {len(mapping.features)} features.",
            hint=f"Up to {FEATURES_MAX} are kept, with names of 1 to {SEGMENT_MAX} characters.",
        )
    reserved = next((name for name in mapping.features if name.startswith(EMBEDDING)), None)
    if reserved is not None:
        hint = "Map the column as `embedding`, or call the feature something else."
        raise InvalidInputError(
            f"{where} calls a feature {reserved!r}, as numbers of embeddings are called.", hint=hint
        )
