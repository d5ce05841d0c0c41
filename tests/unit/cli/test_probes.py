"""`evenkeel probes`: run one now, and what needs a server says so."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError


def configure(evenkeel: Any, port: int) -> None:
    evenkeel.home.create()
    text = f"probes: {{vectors: {{service: shop, dependency: {{connect: 'localhost:{port}'}}}}}}"
    evenkeel.home.configuration.write_text(text, encoding="utf-8")


def test_a_run_says_what_it_found_and_exits_accordingly(evenkeel: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        configure(evenkeel, listener.getsockname()[1])
        assert evenkeel("probes", "run", "vectors").output.startswith("● good in ")
        found = evenkeel.json("probes", "run", "vectors")
        assert (found["name"], found["service"], found["kind"], found["outcome"]) == (
            "vectors", "shop", "dependency", "good",
        )  # fmt: skip
    refused = evenkeel("probes", "run", "vectors", fails=True)
    assert refused.exit_code == 10
    assert refused.output.splitlines() == ["■ bad: refused", "    Nothing listens there."]


def test_nothing_that_can_be_said_of_the_service_is_another_exit_code(evenkeel: Any) -> None:
    evenkeel.home.create()
    evenkeel.home.configuration.write_text(
        "probes: {front: {service: shop, http: {url: 'http://localhost:1', headers: {x-api-key: 'env:ABSENT_KEY'}}}}",
        encoding="utf-8",
    )
    unknown = evenkeel("probes", "run", "front", fails=True)
    assert unknown.exit_code == 11
    assert "○ none: prober_setup" in unknown.output


def test_a_probe_that_is_not_configured_names_those_that_are(evenkeel: Any) -> None:
    configure(evenkeel, 1)
    with pytest.raises(NotFoundError, match="Known: vectors"):
        evenkeel("probes", "run", "front")


def test_a_configuration_with_problems_is_told(evenkeel: Any) -> None:
    evenkeel.home.create()
    evenkeel.home.configuration.write_text("probes: {front: {service: shop}}", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="exactly one of http, tls, golden and dependency"):
        evenkeel("probes", "run", "front")


@pytest.mark.parametrize("command", ["list", "table"])
def test_what_only_a_server_knows_needs_one(evenkeel: Any, command: str) -> None:
    evenkeel.home.create()
    with pytest.raises(ConflictError, match="evenkeel up"):
        evenkeel("probes", command)


def test_watching_needs_a_table(evenkeel: Any, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from evenkeel.cli.main import cli

    words = ["probes", "watch", "--table", str(tmp_path / "absent"), "--vantage", "far", "--to", "http://localhost:1"]
    result = CliRunner().invoke(cli, [*words, "--key", "ek_x"])
    assert isinstance(result.exception, InvalidInputError)
