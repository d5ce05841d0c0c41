"""Tests mirror the tree: `src/evenkeel/a/b.py` is tested by `tests/unit/a/test_b.py` (DESIGN §10).

What a suite over all adapters of a port covers better is named in COVERED. Modules that have no test yet are
in `ratchet.toml`, which may only shrink.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "evenkeel"

#: module -> the suite that covers it, where that is not its mirror.
COVERED: Final[Mapping[str, str]] = {
    "act/alerts/records.py": "tests/contracts/test_alerts.py",
    "act/notify/outbox.py": "tests/contracts/test_notify.py",
    "act/notify/records.py": "tests/contracts/test_notify.py",
    "gateway/commands/records.py": "tests/unit/gateway/commands/test_service.py",
    "gateway/guard/model.py": "tests/unit/gateway/guard/test_decide.py",
    "gateway/limits/book.py": "tests/unit/gateway/limits/test_shared_accounts.py",
    "gateway/limits/shared_scripts.py": "tests/unit/gateway/limits/test_shared_accounts.py",
    "gateway/http/model.py": "tests/unit/gateway/http/test_framing.py",
    "judge/audits/documents.py": "tests/unit/web/test_audits.py",
    "judge/audits/records.py": "tests/unit/web/test_audits.py",
    "judge/audits/service.py": "tests/unit/web/test_audits.py",
    "judge/evaluations/events.py": "tests/unit/judge/evaluations/test_service.py",
    "judge/evaluations/planning.py": "tests/unit/judge/evaluations/test_service.py",
    "judge/evaluations/records.py": "tests/unit/judge/evaluations/test_service.py",
    "judge/evaluations/verdicts.py": "tests/unit/judge/evaluations/test_service.py",
    "judge/model_judges/calling.py": "tests/unit/judge/model_judges/test_service.py",
    "judge/model_judges/comparison_records.py": "tests/unit/judge/model_judges/test_comparing.py",
    "judge/model_judges/limits.py": "tests/unit/judge/model_judges/test_comparing.py",
    "judge/model_judges/model.py": "tests/unit/judge/model_judges/test_service.py",
    "judge/interop/openslo/alerting.py": "tests/unit/judge/interop/openslo/test_read.py",
    "judge/interop/openslo/extension.py": "tests/unit/judge/interop/openslo/test_write.py",
    "judge/interop/openslo/indicators.py": "tests/unit/judge/interop/openslo/test_read.py",
    "judge/interop/openslo/objectives.py": "tests/unit/judge/interop/openslo/test_read.py",
    "judge/objectives/assessors.py": "tests/unit/judge/objectives/test_assessing.py",
    "judge/objectives/trials.py": "tests/unit/judge/objectives/test_assessing.py",
    "judge/objectives/records.py": "tests/contracts/test_records.py",
    "judge/slo/budget_reader.py": "tests/unit/judge/slo/test_reading.py",
    "judge/slo/overrides.py": "tests/contracts/test_records.py",
    "judge/slo/sampled_months.py": "tests/unit/judge/slo/test_sampled_reader.py",
    "judge/slo/records.py": "tests/contracts/test_records.py",
    "kernel/ports.py": "tests/contracts/test_disk.py",
    "observe/sources/records.py": "tests/contracts/test_records.py",
    "org/access/keys.py": "tests/contracts/test_records.py",
    "org/access/records.py": "tests/contracts/test_records.py",
    "org/access/signin.py": "tests/contracts/test_records.py",
    "org/calendar/records.py": "tests/contracts/test_records.py",
    "judge/drift/records.py": "tests/unit/judge/drift/test_references.py",
    "org/config/audits.py": "tests/unit/judge/audits/test_checks.py",
    "org/config/judges.py": "tests/unit/judge/model_judges/test_configured.py",
    "store/records/migrations/env.py": "tests/contracts/test_records.py",
    "store/records/migrations/versions/v0001_first.py": "tests/contracts/test_records.py",
    "store/records/migrations/versions/v0002_notify.py": "tests/contracts/test_notify.py",
    "store/records/migrations/versions/v0003_alerts.py": "tests/contracts/test_alerts.py",
    "store/records/migrations/versions/v0004_budgets.py": "tests/contracts/test_records.py",
    "store/records/migrations/versions/v0005_sources.py": "tests/contracts/test_records.py",
    "store/records/migrations/versions/v0006_gateway.py": "tests/contracts/test_records.py",
    "store/records/migrations/versions/v0007_approvals.py": "tests/contracts/test_records.py",
    "store/records/migrations/versions/v0008_keys.py": "tests/contracts/test_records.py",
    "store/records/migrations/versions/v0010_evaluations.py": "tests/contracts/test_records.py",
    "store/records/migrations/versions/v0011_comparisons.py": "tests/unit/store/records/test_engine.py",
    "store/records/migrations/versions/v0012_retired_features.py": "tests/unit/store/records/test_engine.py",
    "store/records/migrations/versions/v0013_golden.py": "tests/unit/store/records/test_engine.py",
    "store/records/migrations/versions/v0014_model_audits.py": "tests/unit/store/records/test_engine.py",
    "store/records/migrations/versions/v0015_golden_sizes.py": "tests/unit/store/records/test_engine.py",
    "store/telemetry/content_port.py": "tests/unit/store/telemetry/test_content_store.py",
    "store/telemetry/duckdb_reader.py": "tests/unit/store/telemetry/test_duckdb_store.py",
    "store/records/migrations/versions/v0009_drift.py": "tests/contracts/test_records.py",
    "store/telemetry/gateway_port.py": "tests/unit/store/telemetry/test_gateway_queries.py",
    "store/telemetry/gateway_store.py": "tests/unit/store/telemetry/test_gateway_queries.py",
    "store/telemetry/trial_port.py": "tests/unit/store/telemetry/test_trial_queries.py",
    "store/telemetry/trial_store.py": "tests/unit/store/telemetry/test_trial_queries.py",
    "store/telemetry/rating_port.py": "tests/unit/store/telemetry/test_rating_queries.py",
    "store/telemetry/rating_store.py": "tests/unit/store/telemetry/test_rating_queries.py",
    "store/telemetry/event_port.py": "tests/unit/store/telemetry/test_browse.py",
    "store/telemetry/probe_port.py": "tests/contracts/test_telemetry.py",
    "store/telemetry/upkeep_port.py": "tests/unit/store/telemetry/test_upkeep.py",
    "store/telemetry/feature_fold.py": "tests/contracts/test_features.py",
    "store/telemetry/feature_grids.py": "tests/contracts/test_features.py",
    "store/telemetry/feature_periods.py": "tests/contracts/test_features.py",
    "store/telemetry/feature_port.py": "tests/contracts/test_features.py",
    "store/telemetry/feature_queries.py": "tests/contracts/test_features.py",
    "store/telemetry/feature_rows.py": "tests/contracts/test_features.py",
    "store/telemetry/feature_schema.py": "tests/contracts/test_features.py",
    "store/telemetry/feature_segments.py": "tests/contracts/test_features.py",
    "store/telemetry/feature_state.py": "tests/contracts/test_features.py",
    "store/telemetry/feature_store.py": "tests/contracts/test_features.py",
    "store/telemetry/feature_verify.py": "tests/contracts/test_features.py",
    "store/telemetry/insert.py": "tests/unit/store/telemetry/test_fold.py",
    "store/telemetry/number_fold.py": "tests/contracts/test_features.py",
    "store/telemetry/group_port.py": "tests/unit/store/telemetry/test_group_queries.py",
    "store/telemetry/group_store.py": "tests/unit/store/telemetry/test_group_queries.py",
    "store/telemetry/port.py": "tests/contracts/test_telemetry.py",
    "store/telemetry/prediction_port.py": "tests/unit/store/telemetry/test_score_queries.py",
    "store/telemetry/prediction_store.py": "tests/unit/store/telemetry/test_score_queries.py",
    "store/telemetry/predictions.py": "tests/unit/store/telemetry/test_score_queries.py",
    "store/telemetry/series.py": "tests/contracts/test_counts.py",
    "testing/feeder.py": "tests/contracts/test_telemetry.py",
    "testing/gateway.py": "tests/unit/app/test_gateway.py",
    "testing/inode.py": "tests/unit/testing/test_disk.py",
    "testing/lines.py": "tests/unit/gateway/http/test_incoming.py",
    "testing/redis_server.py": "tests/unit/store/test_resp.py",
    "testing/injection_attempts.py": "tests/unit/testing/test_injection_texts.py",
    "testing/injection_look_alikes.py": "tests/unit/testing/test_injection_texts.py",
}

_SAID_ELSEWHERE = (ast.Import, ast.ImportFrom, ast.Expr)


def _has_code(module: Path) -> bool:
    """Whether there is more in it than words, imports and type checking."""
    return any(not isinstance(node, _SAID_ELSEWHERE) for node in ast.parse(module.read_text("utf-8")).body)


MODULES = {str(module.relative_to(SOURCE)): module for module in sorted(SOURCE.rglob("*.py")) if _has_code(module)}


def mirror_of(name: str) -> Path:
    path = Path(name)
    stem = (path.parent.name or "evenkeel") if path.name == "__init__.py" else path.stem
    return ROOT / "tests" / "unit" / path.parent / f"test_{stem}.py"


def _without_test() -> set[str]:
    return {name for name in MODULES if name not in COVERED and not mirror_of(name).exists()}


def _ratchet() -> set[str]:
    document = tomllib.loads((Path(__file__).parent / "ratchet.toml").read_text("utf-8"))
    return set(document["mirror"]["without_test"])


def test_every_module_has_its_test() -> None:
    assert len(MODULES) > 100
    assert sorted(_without_test() - _ratchet()) == [], "Write the mirror test, or name the suite in COVERED."


def test_the_list_of_modules_without_a_test_only_shrinks() -> None:
    assert sorted(_ratchet() - _without_test()) == [], "These have a test now: take them out of ratchet.toml."


@pytest.mark.parametrize("name", COVERED)
def test_a_suite_named_for_a_module_is_about_its_room(name: str) -> None:
    assert name in MODULES
    assert not mirror_of(name).exists(), "It has a mirror now: take it out of COVERED."
    room = "evenkeel." + ".".join(Path(name).parts[: 2 if len(Path(name).parts) > 2 else 1])
    assert room in (ROOT / COVERED[name]).read_text("utf-8")


def test_every_mirror_test_has_its_module() -> None:
    """A test whose module was renamed or split is looked for in vain."""
    unit = ROOT / "tests" / "unit"
    known = {mirror_of(name) for name in MODULES}
    stray = [
        str(file.relative_to(ROOT))
        for file in sorted(unit.rglob("test_*.py"))
        if file not in known and not any(one.parent == file.parent and _extends(file, one) for one in known)
    ]
    assert stray == [], "Name it after its module, or `test_<module>_<what>.py` for a further part."


def _extends(file: Path, mirror: Path) -> bool:
    return file.stem.startswith(f"{mirror.stem}_")
