"""`evenkeel evaluate`: predictions in a file, judged in a terminal."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from evenkeel.cli.main import cli

TABLE = "truth,guess,score,plan\n1,1,0.9,s\n0,0,0.2,s\n1,0,0.4,m\n0,0,0.1,m\n"


def test_figures_are_shown_and_told_in_json(tmp_path: Path) -> None:
    source = tmp_path / "t.csv"
    source.write_text(TABLE, encoding="utf-8")
    words = ["evaluate", str(source), "--truth", "truth", "--score", "score", "--segment", "plan"]
    shown = CliRunner().invoke(cli, words, catch_exceptions=False).stdout
    assert "accuracy" in shown
    assert "where plan is 'm'" in shown
    told = json.loads(CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False).stdout)
    assert told["figures"]["accuracy"]["value"] == 0.75
