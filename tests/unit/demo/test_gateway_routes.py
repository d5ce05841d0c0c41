"""The sample production's route: written once, its address kept current, everybody else's left alone."""

from __future__ import annotations

from pathlib import Path

from evenkeel.app.configuration import configured
from evenkeel.demo.gateway_routes import SERVICE, UPSTREAM, keep_routes


def test_a_home_without_a_configuration_gets_one_that_is_valid(tmp_path: Path) -> None:
    assert keep_routes(tmp_path, 8_000)
    config = configured(tmp_path / "evenkeel.yaml")
    assert set(config.gateway.routes) == {SERVICE}
    assert {each.url for each in config.upstreams.values()} == {"http://127.0.0.1:8000/v1"}


def test_only_the_addresses_are_kept_current(tmp_path: Path) -> None:
    keep_routes(tmp_path, 8_000)
    path = tmp_path / "evenkeel.yaml"
    changed = path.read_text(encoding="utf-8").replace("weight: 90", "weight: 50") + "organisation: {timezone: UTC}\n"
    path.write_text(changed, encoding="utf-8")
    assert keep_routes(tmp_path, 9_000)
    assert path.read_text(encoding="utf-8") == changed.replace("127.0.0.1:8000", "127.0.0.1:9000")


def test_a_configuration_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "evenkeel.yaml"
    own = "upstreams: {mine: {url: http://localhost:1/v1, dialect: openai}}\n"
    path.write_text(own, encoding="utf-8")
    assert not keep_routes(tmp_path, 8_000)
    assert path.read_text(encoding="utf-8") == own
    assert UPSTREAM not in own


def test_a_folder_of_configuration_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "evenkeel.d").mkdir()
    assert not keep_routes(tmp_path, 8_000)
    assert not (tmp_path / "evenkeel.yaml").exists()
