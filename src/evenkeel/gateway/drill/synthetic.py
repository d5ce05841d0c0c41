"""The provider behind the drill's route: a small server of control's own that says which version was asked.

Workers ask it as they ask any provider, so that nothing in their path knows of drills.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

#: A stream that nobody ends is ended after so long.
_STREAM_S: Final = 30.0


class SyntheticUpstream:
    """Answers at `url`/VERSION/v1/models until it is closed."""

    def __init__(self) -> None:
        self._released = threading.Event()
        released = self._released

        class Answers(_Answers):
            def hold(self) -> None:
                released.wait(_STREAM_S)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="synthetic upstream", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def hold(self) -> None:
        """Streams that begin from now on go on until they are released."""
        self._released.clear()

    def release(self) -> None:
        """End the streams."""
        self._released.set()

    def close(self) -> None:
        """End all of it."""
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60  # a connection that a worker keeps and does not use

    def hold(self) -> None:
        """Return when a stream is to end."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """Say which version was asked; as a stream where one is asked for."""
        path, _, query = self.path.partition("?")
        version = path.split("/")[1]
        if query:
            self._answer("text/event-stream", f'data: {{"version": "{version}"}}\n\n'.encode(), is_open=True)
            self.hold()
            self.close_connection = True
            return
        document = {"object": "list", "data": [{"id": version, "object": "model"}]}
        self._answer("application/json", json.dumps(document).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 its own name there
        """Drills are not worth a line each."""

    def _answer(self, kind: str, body: bytes, *, is_open: bool = False) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("connection", "close") if is_open else self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
