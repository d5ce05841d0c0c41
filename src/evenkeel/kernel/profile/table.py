"""A table's reference: a profile of each of its features, in one document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, cast

from evenkeel.kernel.embedding import feature_of, split_feature
from evenkeel.kernel.errors import CorruptDataError
from evenkeel.kernel.profile.document import profile_from_json, profile_to_json
from evenkeel.kernel.profile.embedding import EmbeddingProfile, embedding_from_json
from evenkeel.kernel.profile.model import Profile

TABLE_FORMAT: Final = 1


class Derivation(StrEnum):
    """What is told of a text in place of the text."""

    CHARACTERS = "characters"
    WORDS = "words"
    LANGUAGE = "language"
    VOCABULARY = "vocabulary"  # which of some telling words it has


@dataclass(frozen=True, slots=True)
class Derived:
    """A feature that is made of a column: which, how, and the telling words, the first that a text has counts."""

    column: str
    how: Derivation
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableProfile:
    """What a table looked like.

    `source` says where it came from, in words; `skipped` names the columns that no profile was made of, and why.
    `derived` says of features that are no columns what they are made of; `embeddings` are columns of vectors, and
    `sketches` the numbers that a running service keeps of such vectors, by column and by the ends of their names.
    """

    rows: int
    features: Mapping[str, Profile]
    source: str = ""
    skipped: Mapping[str, str] = field(default_factory=dict[str, str])
    derived: Mapping[str, Derived] = field(default_factory=dict[str, Derived])
    embeddings: Mapping[str, EmbeddingProfile] = field(default_factory=dict[str, EmbeddingProfile])
    sketches: Mapping[str, Mapping[str, Profile]] = field(default_factory=dict[str, Mapping[str, Profile]])

    @cached_property
    def sent(self) -> Mapping[str, Profile]:
        """The features as a running service sends them: of an embedding, each number that is kept of it."""
        kept = {feature_of(name, end): each for name, ends in self.sketches.items() for end, each in ends.items()}
        return {**self.features, **kept}

    @cached_property
    def named(self) -> frozenset[str]:
        """The features of a running service as people are told of them: an embedding is one."""
        return frozenset(split_feature(name)[0] for name in self.sent)

    @cached_property
    def version(self) -> str:
        """The same for the same features with the same counts, whoever made it of whatever."""
        document: dict[str, Any] = {name: profile_to_json(self.features[name]) for name in sorted(self.features)}
        if self.derived:
            document = {"features": document, "derived": _derived_to_json(self.derived)}
        if self.embeddings:
            document = {"columns": document, "embeddings": _embeddings_to_json(self.embeddings)}
        if self.sketches:
            document = {"table": document, "sketches": _sketches_to_json(self.sketches)}
        return hashlib.blake2b(json.dumps(document, sort_keys=True).encode(), digest_size=6).hexdigest()


def table_to_json(table: TableProfile) -> dict[str, Any]:
    """Plain values that JSON can hold; `table_from_json` gives the table back.

    >>> from evenkeel.kernel.profile.build import build_profile
    >>> table = TableProfile(3, {"age": build_profile([31, 44, None])})
    >>> table_from_json(table_to_json(table)) == table
    True
    """
    document = {
        "table_format": TABLE_FORMAT,
        "version": table.version,
        "rows": table.rows,
        "source": table.source,
        "features": {name: profile_to_json(profile) for name, profile in table.features.items()},
        "skipped": dict(table.skipped),
    }
    if table.derived:
        document["derived"] = _derived_to_json(table.derived)
    if table.embeddings:
        document["embeddings"] = _embeddings_to_json(table.embeddings)
    if table.sketches:
        document["sketches"] = _sketches_to_json(table.sketches)
    return document


def table_from_json(document: object) -> TableProfile:
    """The table that a document holds. Raises CorruptDataError where it holds none, or was changed since."""
    if not isinstance(document, dict) or "table_format" not in document:
        raise CorruptDataError("This is no profile of a table.", hint="Make one with `evenkeel drift profile`.")
    told = cast("dict[str, Any]", document)
    if told["table_format"] != TABLE_FORMAT:
        message = f"This profile of a table has format {told['table_format']!r}, not {TABLE_FORMAT}."
        raise CorruptDataError(message, hint="Read it with the release that wrote it, or make it again.")
    try:
        features = {str(name): profile_from_json(each) for name, each in told["features"].items()}
        skipped = {str(name): str(why) for name, why in told["skipped"].items()}
        derived = {str(name): _derived(each) for name, each in told.get("derived", {}).items()}
        vectors = {str(name): embedding_from_json(each) for name, each in told.get("embeddings", {}).items()}
        sketches = {str(name): _sketch(each) for name, each in told.get("sketches", {}).items()}
        table = TableProfile(int(told["rows"]), features, str(told["source"]), skipped, derived, vectors, sketches)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"This profile of a table cannot be read: {type(error).__name__}: {error}."
        raise CorruptDataError(message, hint="It was cut or changed; make it again.") from error
    if table.version != told.get("version"):
        message = f"This profile of a table is {table.version}, and says that it is {told.get('version')}."
        raise CorruptDataError(message, hint="It was changed after it was written; make it again.")
    return table


def _derived_to_json(derived: Mapping[str, Derived]) -> dict[str, Any]:
    return {name: {"column": each.column, "how": each.how.value, "words": list(each.words)}
            for name, each in sorted(derived.items())}  # fmt: skip


def _embeddings_to_json(embeddings: Mapping[str, EmbeddingProfile]) -> dict[str, Any]:
    return {name: each.document for name, each in sorted(embeddings.items())}


def _sketches_to_json(sketches: Mapping[str, Mapping[str, Profile]]) -> dict[str, Any]:
    return {name: {end: profile_to_json(each) for end, each in sorted(ends.items())}
            for name, ends in sorted(sketches.items())}  # fmt: skip


def _sketch(document: Mapping[str, Any]) -> dict[str, Profile]:
    return {str(end): profile_from_json(each) for end, each in document.items()}


def _derived(document: Mapping[str, Any]) -> Derived:
    words = tuple(str(word) for word in document["words"])
    return Derived(str(document["column"]), Derivation(document["how"]), words)
