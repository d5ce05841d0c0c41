"""What of a model's inputs and answers has drifted, as a part of its report: the map, distributions then and now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evenkeel.ui.formats import count, plural
from evenkeel.ui.histograms import draw_histogram
from evenkeel.web.drift_page import drift_values
from evenkeel.web.report_blocks import Block, Cell, Picture, Pictures, Section, Strip, Strips, Text, number, table

#: Features whose distributions are drawn: those that differ, what matters most first.
PICTURES_MAX: Final = 6
#: Two of them stand beside each other, and their words are still to be read.
_ACROSS: Final = 400
_BEGAN: Final = ("began", "where it began, with the 95 % interval")
_NOTHING: Final = (
    "No feature is counted yet: log what predictions are made of, and once 500 of them hold a feature, it is."
)


def drift_section(document: Mapping[str, Any]) -> Section:
    """The part *Drift*, from a document of drift."""
    values = drift_values(document, {})
    blocks: list[Block] = [Text(values["how"], values["mood"])]
    blocks += [Text(said) for said in (values["since"], values["todo"]) if said]
    if not document["features"]:
        return Section("Drift", (*blocks, Text(_NOTHING, is_quiet=True)))
    blocks.append(Text(f"{values['reference']} {values['limits']}", is_quiet=True))
    rows = [
        (
            Cell(row["feature"]),
            Cell(status=row["status"]),
            number((*row["psi"], f"n\u00a0{row['n']}")),
            Cell(row["change"], beneath=_beneath(row)),
        )
        for row in values["rows"]
    ]
    blocks.append(table(("Feature", "Verdict", "PSI", "From what to what"), rows, numeric=(2,)))
    if (more := len(document["features"]) - len(rows)) > 0:
        blocks.append(Text(f"{plural(more, 'more features')} that differ less: not shown, and in the JSON.", "", True))
    strips = tuple(Strip(each["feature"], each["svg"]) for each in values["strips"])
    blocks.append(Strips(strips, values["ends"], (*values["legend"], _BEGAN)))
    blocks.append(Pictures(tuple(_pictures(document))))
    if values["versions"]:
        blocks.append(_versions(values))
    if values["waiting"]:
        named = "; ".join(f"{names} ({why})" for why, names in values["waiting"][:10])
        more = len(values["waiting"]) - 10
        blocks.append(Text(f"Not compared yet: {named}{f'; and {more} more' if more > 0 else ''}.", is_quiet=True))
    return Section("Drift", tuple(blocks))


def _beneath(row: Mapping[str, Any]) -> str:
    signals, since = row["signals"], row["since"]
    return f"{row['says']}{f' ({signals})' if signals else ''}{f' {since[:1].upper()}{since[1:]}.' if since else ''}"


def _pictures(document: Mapping[str, Any]) -> list[Picture]:
    """Distributions of the features that differ; where none does, of the one that differs most."""
    features = document["features"]
    differing = [each for each in features if each["detected"] == "yes"] or features[:1]
    found: list[Picture] = []
    for each in differing[:PICTURES_MAX]:
        bins = [(bin_["bin"], bin_["before"], bin_["after"]) for bin_ in each["distribution"]]
        legend = (
            ("then", f"then, {count(each['n']['reference'])} rows"),
            ("a", f"now, {count(each['n']['window'])} rows"),
        )
        svg = draw_histogram(f"{each['feature']}, then and now", bins, _ACROSS)
        caption = f"then and now: {each['told_of']}" if each["told_of"] else "then and now"
        found.append(Picture(each["feature"], svg, caption, legend))
    return found


def _versions(values: Mapping[str, Any]) -> Block:
    rows = [
        (
            Cell(each["version"]),
            Cell(status=each["status"]),
            Cell(each["says"], beneath=_beside(each["beside"])),
            Cell(each["n"]),
        )
        for each in values["versions"]
    ]
    return table(("Version", "Verdict", "What differs from the reference", "Rows"), rows, numeric=(3,))


def _beside(found: Mapping[str, Any] | None) -> str:
    return "" if found is None else f"Beside version {found['version']}: {found['says']}"
