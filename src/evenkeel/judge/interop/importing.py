"""Files of other tools, whichever they are, as drafts of our configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from evenkeel.judge.interop.documents import Document, Findings, read_documents
from evenkeel.judge.interop.draft import Draft
from evenkeel.judge.interop.openslo.grammar import Strictness
from evenkeel.judge.interop.openslo.read import read_objects
from evenkeel.judge.interop.openslo.understand import understand
from evenkeel.judge.interop.rule_files import is_rule_file, read_rule_files
from evenkeel.judge.interop.sloth import is_sloth, read_sloth


class Format(StrEnum):
    """What files may be."""

    AUTO = "auto"  # each document by what it says of itself
    OPENSLO = "openslo"
    SLOTH = "sloth"
    PROMETHEUS = "prometheus"  # rule files that sloth generated


@dataclass(frozen=True, slots=True)
class Imported:
    """What was understood, and what was found; nothing should be used while there are problems."""

    drafts: list[Draft]
    findings: Findings


def import_slos(files: Mapping[str, str], chosen: Format, mode: Strictness) -> Imported:
    """The SLOs in texts, by file name. Nothing is raised: what is wrong is in the findings."""
    findings = Findings()
    by_format: dict[Format, list[Document]] = {}
    for file, text in files.items():
        for document in read_documents(file, text, findings):
            format_ = _recognise(document) if chosen is Format.AUTO else chosen
            by_format.setdefault(format_, []).append(document)
    drafts: list[Draft] = []
    if Format.OPENSLO in by_format:
        objects = read_objects(by_format[Format.OPENSLO], mode, findings)
        # What an object that is not in order would mean is nobody's guess.
        drafts += [] if findings.problems else understand(objects)
    if Format.SLOTH in by_format:
        drafts += read_sloth(by_format[Format.SLOTH], findings)
    if Format.PROMETHEUS in by_format:
        drafts += read_rule_files(by_format[Format.PROMETHEUS], findings)
    findings.problems.sort()
    return Imported(drafts, findings)


def _recognise(document: Document) -> Format:
    """OpenSLO's errors are the most telling for what is nothing that is known."""
    if is_sloth(document):
        return Format.SLOTH
    return Format.PROMETHEUS if is_rule_file(document) else Format.OPENSLO
