"""`evenkeel privacy`, without a server and beside one."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.kernel.errors import InvalidInputError


def test_a_person_is_erased_by_name_or_from_standard_input(evenkeel: Any) -> None:
    evenkeel.home.create()
    said = evenkeel("privacy", "erase", "ada", "--reason", "request 12").output
    assert "0 events are anonymous now; later ones will be. Receipt " in said
    receipt = evenkeel.json("privacy", "erase", "-", input="ada\n")
    assert receipt["events"] == 0 and len(receipt["pseudonyms"]) == 1
    with pytest.raises(InvalidInputError):
        evenkeel("privacy", "erase", "-", input="\n")


def test_the_key_is_rotated_and_the_old_one_kept(evenkeel: Any) -> None:
    evenkeel.home.create()
    assert "A fresh key is in place since" in evenkeel("privacy", "rotate-key").output
    assert len(evenkeel.json("privacy", "erase", "ada")["pseudonyms"]) == 2


def test_beside_a_server_the_server_does_it(served: Home, evenkeel: Any) -> None:
    assert evenkeel.json("privacy", "rotate-key", "--reason", "yearly")["since"].endswith("Z")
    receipt = evenkeel.json("privacy", "erase", "ada", "--reason", "request 12")
    assert len(receipt["pseudonyms"]) == 2
    assert served.server.exists()
