"""Secrets are named in the configuration and read by whoever uses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.kernel.errors import NotFoundError
from evenkeel.org.config.secrets import Secrets


def test_a_secret_stands_at_the_end_alone_or_after_its_scheme(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-file\n", encoding="utf-8")
    secrets = Secrets({"KEY": "from-variable"})
    assert secrets.read("env:KEY") == "from-variable"
    assert secrets.read("Bearer env:KEY") == "Bearer from-variable"
    assert secrets.read(f"Token file:{file}") == "Token from-file"
    for plain in ("text/plain", "no-env:KEY", "env:KEY and more", ""):
        assert secrets.read(plain) == plain


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "key"
    for content in ("first", "second"):
        file.write_text(content, encoding="utf-8")
        assert Secrets().read(f"file:{file}") == content


@pytest.mark.parametrize("value", ["env:ABSENT", "env:EMPTY", "file:/nowhere/key"])
def test_a_secret_that_is_not_there_is_said_by_its_name(value: str) -> None:
    with pytest.raises(NotFoundError, match=value.partition(":")[2]):
        Secrets({"EMPTY": ""}).filled_in({"authorization": f"Bearer {value}"})


def test_a_file_that_is_no_text_is_no_secret_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NotFoundError, match="it is no text"):
        Secrets().read(f"file:{file}")
