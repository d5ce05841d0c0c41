"""Real servers to probe: HTTP that says what a test chooses, and TLS with certificates made here."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

Say = Callable[[BaseHTTPRequestHandler], None]


def say(status: int = 200, body: bytes = b"ready", **headers: str) -> Say:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    return answer


@dataclass
class Site:
    """A server; `paths` say what it answers, `seen` what it was asked."""

    paths: dict[str, Say] = field(default_factory=dict)
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    port: int = 0

    def on(self, path: str, status: int = 200, body: bytes = b"ready", **headers: str) -> None:
        """Answer so from now on."""
        self.paths[path] = say(status, body, **headers)


def serve(site: Site, context: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.seen.append((self.command, self.path, headers, body))
            site.paths.get(self.path, say(404, b"nothing"))(self)

        do_POST = do_HEAD = do_GET  # noqa: N815 the names that the library calls

        def log_message(self, *arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *arguments: Any) -> None:
            pass  # probes break off

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site.port = server.server_address[1]
    site.url = f"{'https' if context else 'http'}://localhost:{site.port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    server = serve(made)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def other_site() -> Iterator[Site]:
    made = Site()
    server = serve(made)
    yield made
    server.shutdown()
    server.server_close()


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, and servers with its certificates."""

    folder: Path
    servers: list[ThreadingHTTPServer]

    @property
    def file(self) -> str:
        return str(self.folder / "ca.pem")

    def serve(self, *, begins: str, ends: str, name: str = "localhost", self_signed: bool = False) -> Site:
        """A site whose certificate is valid from `begins` to `ends` (YYYYMMDD)."""
        key, request, certificate = (self.folder / f"{name}-{ends}.{kind}" for kind in ("key", "csr", "pem"))
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        signer = (
            ["-selfsign", "-keyfile", key] if self_signed else ["-cert", self.file, "-keyfile", self.folder / "ca.key"]
        )
        config = self.folder / "ca.conf"
        config.write_text(
            f"[ca]\ndefault_ca=own\n[own]\ndatabase={self.folder}/index\nnew_certs_dir={self.folder}\nrand_serial=yes\n"
            "default_md=sha256\npolicy=any\nunique_subject=no\nx509_extensions=names\n[any]\ncommonName=supplied\n"
            f"[names]\nsubjectAltName=DNS:{name}\n",
            encoding="utf-8",
        )
        (self.folder / "index").touch()
        span = ["-startdate", f"{begins}000000Z", "-enddate", f"{ends}000000Z"]
        openssl("ca", "-batch", "-notext", "-config", config, "-in", request, "-out", certificate, *signer, *span)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        site = Site({"/": say()})
        self.servers.append(serve(site, context))
        return site


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates; it is not installed")
    made = Authority(tmp_path, [])
    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "ca.key", "-out", made.file,
        "-days", "30", "-subj", "/CN=own authority",
    )  # fmt: skip
    yield made
    for server in made.servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def raw() -> Iterator[Callable[[bytes], str]]:
    """Serves these very bytes once, and closes; answers the URL."""
    listeners: list[socket.socket] = []

    def start(content: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(content)

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    for listener in listeners:
        listener.close()


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def closed() -> int:
    """A port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
