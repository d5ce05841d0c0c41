"""What processes say of themselves, read in one place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evenkeel.app.notices import Notice, read_notices
from evenkeel.app.running import own_identity


def test_what_can_be_read_is_read_and_the_rest_is_left_out(tmp_path: Path) -> None:
    mine = dict(own_identity())
    notices: dict[str, Any] = {
        "g0": {**mine, "writer": "g0", "port": 4, "own_port": 5},
        "g1": {**mine, "started": "earlier", "writer": "g1", "port": 4},
        "g2": [],
        "g3": {"writer": "g3"},
        "g4": {**mine, "pid": None, "writer": "g4", "port": 4},
    }
    for name, said in notices.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(said))
    (tmp_path / "g5.json").write_text("{ half")
    pid = mine["pid"]
    assert read_notices(tmp_path) == [Notice("g0", 4, pid, True, 5), Notice("g1", 4, pid, False)]
    assert read_notices(tmp_path / "nowhere") == []
