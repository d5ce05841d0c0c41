"""The tables of features and of evaluators' numbers, and what their rows mean.

A row of counts is (grid, series, hour or day, bucket, rows). Rows of an hour that is not closed are appended by each
fold and added up when they are read or moved: no index is kept, so a fold costs what it adds, and a re-count never
waits for one. Buckets below 0 are rows that hold nothing to compare, and levels that the grid does not know.
"""

from __future__ import annotations

from typing import Final

from evenkeel.kernel.embedding import EMBEDDING
from evenkeel.kernel.profile.model import Apart

#: What `evenkeel.kernel.profile.Apart` keeps apart -> its bucket.
APART: Final = {name: -1 - place for place, name in enumerate(Apart.__dataclass_fields__)}
#: Levels that the grid does not know: those without a name, and those that `level` names.
NEW_REST: Final = -10
NEW_NAMED: Final = -11

#: Attributes that are features begin with this; their names are stored without it.
FEATURE_PREFIX: Final = "feature."
#: Of these, those that are numbers of embeddings: requests carry them, too.
EMBEDDING_PREFIX: Final = FEATURE_PREFIX + EMBEDDING
#: Attributes that are evaluators' numbers begin with this.
NUMBER_PREFIX: Final = "evenkeel."

#: What of a prediction is no attribute, and a feature all the same: what was predicted, and its score.
LABEL: Final = "prediction.label"
SCORE: Final = "prediction.score"

#: Predictions that have features of their own, and requests that have an embedding, as a condition that costs rows
#: without any nothing but the look.
HAS_FEATURES_SQL: Final = (
    f"((kind = 'prediction' AND contains(attributes, '\"{FEATURE_PREFIX}'))"
    f" OR (kind = 'inference' AND contains(attributes, '\"{EMBEDDING_PREFIX}')))"
)
#: Predictions that predicted something.
HAS_PREDICTED_SQL: Final = "kind = 'prediction' AND (label IS NOT NULL OR value IS NOT NULL OR value_kind IS NOT NULL)"
COUNTED_SQL: Final = f"({HAS_FEATURES_SQL} OR {HAS_PREDICTED_SQL})"
#: `evenkeel.<evaluator>.<number>`: other facts of the gateway, as `evenkeel.attempts`, make no row an exchange.
#: Of reviews only those count that say which contexts were relevant.
HAS_NUMBERS_SQL: Final = (
    f"((kind IN ('inference', 'prediction') AND contains(attributes, '\"{NUMBER_PREFIX}')"
    " AND regexp_matches(attributes, '\"evenkeel\\.[a-z_]+\\.'))"
    f" OR (kind = 'review' AND contains(attributes, '\"{NUMBER_PREFIX}retrieval.')))"
)

_COUNT_COLUMNS: Final = (
    'grid INTEGER NOT NULL, series INTEGER NOT NULL, "at" TIMESTAMP NOT NULL, bucket INTEGER NOT NULL,'
    " level VARCHAR, n BIGINT NOT NULL"
)

#: What version 3 has more than version 2.
TABLES_SINCE_3: Final[tuple[str, ...]] = (
    # `counted_from`: the hour (microseconds) from which on the grid's counts are whole.
    "CREATE TABLE grids(grid INTEGER PRIMARY KEY, environment VARCHAR NOT NULL, service VARCHAR NOT NULL,"
    " feature VARCHAR NOT NULL, document VARCHAR NOT NULL, made_at BIGINT NOT NULL, origin VARCHAR NOT NULL,"
    " counted_from BIGINT NOT NULL)",
    "CREATE TABLE waiting_features(environment VARCHAR, service VARCHAR, feature VARCHAR, first_at BIGINT NOT NULL,"
    " present BIGINT NOT NULL, PRIMARY KEY(environment, service, feature))",
    "CREATE TABLE refused_features(environment VARCHAR, service VARCHAR, feature VARCHAR NOT NULL,"
    " last_at BIGINT NOT NULL, predictions BIGINT NOT NULL, PRIMARY KEY(environment, service))",
    # `caller` is there until the level is named or forgotten, at the end of its day.
    f"CREATE TABLE features_open({_COUNT_COLUMNS}, caller UBIGINT)",
    f"CREATE TABLE features_hour({_COUNT_COLUMNS})",
    f"CREATE TABLE features_day({_COUNT_COLUMNS})",
    *(
        f'CREATE TABLE numbers_{grain}(series INTEGER, "at" TIMESTAMP, name VARCHAR, n DOUBLE NOT NULL,'
        " total DOUBLE NOT NULL, squares DOUBLE NOT NULL, positive DOUBLE NOT NULL, weight_squares DOUBLE NOT NULL,"
        ' PRIMARY KEY(series, "at", name))'
        for grain in ("hour", "day")
    ),
    # Rows whose attributes were taken out after they were counted: no recount finds them.
    'CREATE TABLE erased_rows(series INTEGER, "at" TIMESTAMP, n BIGINT NOT NULL, PRIMARY KEY(series, "at"))',
)
