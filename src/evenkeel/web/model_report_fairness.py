"""Whether a model treats groups alike, as a part of its report: gaps, groups, gaps over time, and a new version's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from evenkeel.ui.formats import plural
from evenkeel.web.fairness_rows import fairness_values
from evenkeel.web.report_blocks import Block, Cell, Picture, Pictures, Section, Text, number, table

#: Findings whose groups are told one by one, what matters most first.
_TOLD_MAX: Final = 6
_GAPS: Final = (
    "The difference is the highest rate less the lowest, the ratio the lowest over the highest. Intervals allow for the"
    " farthest groups having been picked by looking."
)
_NO_POLICY: Final = (
    "The configuration says for a service which attributes are protected, which class people want, and what must not"
    " differ, with the reason."
)


def fairness_section(document: Mapping[str, Any]) -> Section:
    """The part *Fairness*, from a document of fairness."""
    values = fairness_values(document)
    blocks: list[Block] = [Text(values["says"], values["status"])]
    blocks += [Text(note, is_quiet=True) for note in values["notes"]]
    policy = values["policy"]
    if policy is None:
        return Section("Fairness", (*blocks, Text(_NO_POLICY, is_quiet=True)))
    chosen = "; ".join(f"{name}: {means}" for name, means in policy["means"])
    blocks.append(Text(f"{chosen[:1].upper()}{chosen[1:]}. Chosen because: {policy['why']}", is_quiet=True))
    small = f"groups of fewer than {policy['minimum_group']} rows are not compared"
    blocks.append(Text(f"Protected: {policy['attributes']}. Limits: {policy['limits']}; {small}.", is_quiet=True))
    if values["findings"]:
        rows = [
            (
                Cell(f"{each['metric'][:1].upper()}{each['metric'][1:]}"),
                Cell(each["by"]),
                Cell(status=each["status"]),
                number(each["difference"]),
                number(each["ratio"]),
            )
            for each in values["findings"]
        ]
        blocks.append(table(("Metric", "Groups", "Verdict", "Difference", "Ratio"), rows, numeric=(3, 4)))
        blocks.append(Text(_GAPS, is_quiet=True))
    if values["charts"]:
        blocks.append(Pictures(tuple(_chart(each) for each in values["charts"])))
    blocks += _comparison(values["comparison"])
    blocks += _groups(values)
    return Section("Fairness", tuple(blocks))


def _chart(each: Mapping[str, Any]) -> Picture:
    legend = tuple((line.style, line.name) for line in each["lines"])
    return Picture(each["title"], each["svg"], each["unit"], legend)


def _comparison(found: Mapping[str, Any] | None) -> Iterator[Block]:
    if found is None:
        return
    yield Text(f"Version {found['candidate']} beside {found['current']}:", found["status"])
    rows = [
        (Cell(what, beneath=metric), Cell(status=status), Cell(current), Cell(candidate), number(change))
        for metric, what, status, current, candidate, change in found["changes"]
    ]
    heading = ("Gap in", "Verdict", f"Version {found['current']}", f"Version {found['candidate']}", "Grows by")
    yield table(heading, rows, numeric=(2, 3, 4))
    more = f" {found['more']} more are in the JSON." if found["more"] else ""
    yield Text(f"ok: the gap surely grows by no more than 2 points; breach: surely by more.{more}", is_quiet=True)


def _groups(values: Mapping[str, Any]) -> Iterator[Block]:
    told = [each for each in values["findings"] if each["rates"] or each["too_small"]]
    for each in told[:_TOLD_MAX]:
        yield Text(each["says"], each["status"])
        for rate in each["rates"]:
            rows = [(Cell(group), number(found), number(behind)) for group, found, behind in rate["groups"]]
            heading = ("Group", f"{rate['rate'][:1].upper()}{rate['rate'][1:]}", "Behind the highest")
            yield table(heading, rows, numeric=(1, 2))
            if rate["more"]:
                yield Text(f"{plural(rate['more'], 'more groups')} in the JSON.", is_quiet=True)
        if each["too_small"]:
            more = f" and {each['too_small_more']} more" if each["too_small_more"] else ""
            named = ", ".join(each["too_small"])
            yield Text(f"Too small to compare, and told by no number: {named}{more}.", is_quiet=True)
    if len(told) > _TOLD_MAX:
        yield Text(f"{plural(len(told) - _TOLD_MAX, 'more findings')} in the JSON.", is_quiet=True)
