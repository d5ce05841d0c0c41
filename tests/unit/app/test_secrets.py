"""Secrets come from the environment of this process."""

from __future__ import annotations

import pytest

from evenkeel.app.secrets import own_secrets


def test_a_variable_that_is_set_now_is_read_now(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = own_secrets()
    monkeypatch.setenv("A_SECRET_OF_THIS_TEST", "s3cret")
    assert secrets.read("Bearer env:A_SECRET_OF_THIS_TEST") == "Bearer s3cret"
