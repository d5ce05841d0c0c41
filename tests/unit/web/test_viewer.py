from __future__ import annotations

from typing import Any

import pytest

from evenkeel.kernel.errors import ForbiddenError
from evenkeel.org.access.model import MANAGE_KEYS, Role, Scope
from evenkeel.web.viewer import Viewer


@pytest.mark.parametrize(("scope", "status"), [(None, 200), (Scope.ADMIN, 200), (Scope.READ, 200), (Scope.INTAKE, 401)])
def test_a_key_that_may_only_send_cannot_look(world: Any, scope: Scope | None, status: int) -> None:
    assert world.program(scope).get("/overview.json").status == status


def test_a_revoked_or_invented_key_is_nobody(world: Any) -> None:
    client = world.program(Scope.READ)
    world.keys.revoke(world.keys.list()[0].id, actor="test")
    assert client.get("/overview.json").status == 401
    client.headers["authorization"] = "Bearer ek_invented_secret"
    assert client.get("/overview.json").status == 401
    client.headers["authorization"] = "Basic am86cHc="
    assert client.get("/overview.json").status == 401


def test_what_needs_a_role_names_the_role_and_yours() -> None:
    with pytest.raises(ForbiddenError, match=r"needs the role admin.*yours is viewer"):
        Viewer("jo", Role.VIEWER).require(MANAGE_KEYS)
    Viewer("jo", Role.ADMIN).require(MANAGE_KEYS)
    assert not Viewer("jo", Role.VIEWER).may_manage_keys
