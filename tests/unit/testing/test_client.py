from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evenkeel.testing.client import SelfClient


async def echo(request: Request) -> Response:
    body = (await request.body()).decode()
    form = dict(await request.form()) if "form" in request.headers.get("content-type", "") else {}
    seen = {"rest": request.path_params["rest"], "query": dict(request.query_params), "cookies": request.cookies}
    answer = JSONResponse({**seen, "form": form, "asked": request.headers.get("x-asked"), "body": body})
    if "forget" in request.query_params:
        answer.delete_cookie("seen")
    else:
        answer.set_cookie("seen", "yes")
    return answer


CLIENT = Starlette(routes=[Route("/{rest:path}", echo, methods=["GET", "POST"])])


def test_what_is_asked_arrives_as_a_server_would_hand_it_over() -> None:
    client = SelfClient(CLIENT, {"x-asked": "always"})
    assert client.get("/a%20b").json["rest"] == "a b"
    assert client.get("/?x=1&y=").json["query"] == {"x": "1", "y": ""}
    assert client.post("/", {"name": "a&b"}).json["form"] == {"name": "a&b"}
    assert client.post("/", body={"n": 1}).json["body"] == '{"n": 1}'
    assert client.get("/", x_asked="now").json["asked"] == "now"


def test_cookies_are_kept_and_forgotten_as_told() -> None:
    client = SelfClient(CLIENT)
    assert client.get("/").json["cookies"] == {}
    assert client.get("/").json["cookies"] == {"seen": "yes"}
    client.get("/?forget=1")
    assert client.get("/").json["cookies"] == {}
