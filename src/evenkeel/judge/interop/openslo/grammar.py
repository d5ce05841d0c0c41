"""Words of OpenSLO v1: names, labels, annotations, lengths of time, as its SDK and its specification take them.

The two disagree (docs/how-to/slo-as-code.md); `Strictness` says whose side is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from evenkeel.judge.interop.documents import View

API_VERSION: Final = "openslo/v1"
NAME_MAX: Final = 63
DESCRIPTION_MAX: Final = 1_050
PREFIX_MAX: Final = 253

_DNS_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_LABEL_KEY: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_LOOSE_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_DNS_DOMAIN: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_DURATION: Final = re.compile(r"([0-9]{1,9})([mhdwMQY])")
_DAY_S: Final = 86_400
#: Months, quarters and years have the lengths that the SDK gives them.
_UNIT_S: Final = {
    "m": 60, "h": 3_600, "d": _DAY_S, "w": 7 * _DAY_S, "M": 30 * _DAY_S, "Q": 90 * _DAY_S, "Y": 365 * _DAY_S,
}  # fmt: skip


class Strictness(StrEnum):
    """Whose rules hold where the SDK and the text of the specification disagree."""

    SDK = "sdk"
    SPEC = "spec"


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of one unit: m h d w M Q Y."""

    count: int
    unit: str

    @property
    def seconds(self) -> int:
        """Its length; a month has 30 days, a quarter 90, a year 365."""
        return self.count * _UNIT_S[self.unit]


def read_duration(view: View) -> Duration | None:
    """A length of time; None when it is missing or refused."""
    text = view.text()
    if not view.is_given or not isinstance(view.value, str):
        return None
    if text == "":
        return Duration(0, "m")  # the SDK reads an empty text so
    found = _DURATION.fullmatch(text)
    if found is None:
        view.refuse("duration", f"{text!r} is no length; write a whole number and one of m h d w M Q Y, e.g. 30d")
        return None
    return Duration(int(found[1]), found[2])


def check_name(view: View, mode: Strictness) -> str:
    """A name of an object; empty when it is missing or refused."""
    text = view.text()
    if not view.is_given or not isinstance(view.value, str):
        return ""
    if len(text) > NAME_MAX:
        view.refuse("too_long", f"the name has {len(text)} characters; at most {NAME_MAX} are allowed")
    elif not _DNS_LABEL.fullmatch(text):
        if mode is Strictness.SPEC and _LOOSE_NAME.fullmatch(text):
            view.warn("name", f"{text!r} is no DNS label; the SDK refuses it")
            return text
        view.refuse("name", f"{text!r} is no name; write lower-case letters, digits and - between them")
        return ""
    return text


def check_metadata(view: View, mode: Strictness) -> None:
    """Name, display name, labels and annotations."""
    if not view.is_given or not view.section(("name",), ("displayName", "labels", "annotations")):
        return
    check_name(view.at("name"), mode)
    check_display_name(view.at("displayName"), mode)
    for key, value in view.at("labels").entries():
        _check_label(key, value)
    for key, value in view.at("annotations").entries():
        if not is_annotation_key(key):
            value.refuse("annotation_key", f"{key!r} is no key; write name or prefix.example/name")
        value.text()


def check_display_name(view: View, mode: Strictness) -> None:
    """The SDK limits it, the specification does not."""
    length = len(view.text())
    if mode is Strictness.SDK and length > NAME_MAX:
        view.refuse("too_long", f"it has {length} characters; the SDK allows {NAME_MAX}")
    elif length > NAME_MAX:
        view.warn("too_long", f"it has {length} characters; the SDK refuses more than {NAME_MAX}")


def check_description(view: View) -> None:
    """Text of a limited length."""
    length = len(view.text())
    if length > DESCRIPTION_MAX:
        view.refuse("too_long", f"it has {length} characters; at most {DESCRIPTION_MAX} are allowed")


def is_label_key(key: str) -> bool:
    """Letters and digits at both ends, `-`, `_` and `.` between, at most 63 characters.

    >>> is_label_key("cost.centre_1"), is_label_key("-team"), is_label_key("")
    (True, False, False)
    """
    return len(key) <= NAME_MAX and _LABEL_KEY.fullmatch(key) is not None


def is_annotation_key(key: str) -> bool:
    """A name as of labels, with or without a DNS domain before a slash.

    >>> is_annotation_key("evenkeel.dev/alerts"), is_annotation_key("a/b/c"), is_annotation_key("/x")
    (True, False, False)
    """
    prefix, slash, name = key.rpartition("/")
    if not slash:
        return is_label_key(name)
    labels = prefix.split(".")
    is_domain = len(prefix) <= PREFIX_MAX and _DNS_DOMAIN.fullmatch(prefix) is not None
    return is_domain and all(len(label) <= NAME_MAX for label in labels) and is_label_key(name)


def _check_label(key: str, value: View) -> None:
    if not is_label_key(key):
        value.refuse("label_key", f"{key!r} is no key; write letters, digits and - _ . between, at most {NAME_MAX}")
    if value.is_list:
        for item in value.items():
            _check_label_value(item)
    else:
        _check_label_value(value)


def _check_label_value(value: View) -> None:
    if not isinstance(value.value, str):
        value.refuse("label_value", f"{value.value!r} is no value of a label; write text, or a list of texts")


def check_start(view: View) -> datetime | None:
    """When a calendar begins; None when it is missing or refused."""
    text = view.text()
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 its zone stands beside it
    except ValueError:
        view.refuse("time", f"{text!r} is no time; write it as 2026-01-31 00:00:00")
        return None


def check_zone(view: View) -> str:
    """An IANA time zone; empty when it is missing or refused."""
    text = view.text()
    if not text:
        return ""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
        view.refuse("time_zone", f"{text!r} is no time zone; write one of the IANA names, e.g. Europe/Berlin")
        return ""
    return text
