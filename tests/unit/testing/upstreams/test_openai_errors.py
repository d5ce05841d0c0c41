"""OpenAI's error objects."""

from __future__ import annotations

import json

from evenkeel.testing.upstreams.openai_errors import error_answer, error_document, invalid


def test_an_error_has_the_four_fields_that_clients_read() -> None:
    assert error_document(429, "slow down") == {
        "error": {"message": "slow down", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
    }
    assert error_document(502, "x")["error"]["type"] == "server_error"


def test_an_own_code_stands_instead_of_the_usual() -> None:
    assert json.loads(error_answer(404, "no", "model", "gone").body)["error"]["code"] == "gone"
    assert invalid("no", "n", None).answer.status == 400
