"""What the stand-ins for EC2 on a loopback port share: HTTP, and a process of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

Answer = Callable[[Mapping[str, str]], str]
"""From the parameters of a request to the inside of its XML answer."""


def serve(answer: Answer, look: Callable[[], bytes] = bytes) -> None:
    """Serve until terminated; the first line of output is the URL. A GET gets what ``look``
    says."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else an answer's body waits for the client to acknowledge its head.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._send(look())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            params = {name: values[0] for name, values in parse_qs(body).items()}
            meta = "<requestId>r-1</requestId><ResponseMetadata><RequestId>r-1</RequestId>"
            self._send(f"<Answer>{meta}</ResponseMetadata>{answer(params)}</Answer>".encode())

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *_args: object) -> None:
            """Nobody wants to read of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


@contextmanager
def serving(module: str) -> Iterator[str]:
    """The URL of a fresh EC2 that the module serves, for as long as the block lasts.

    It is a process of its own: in ours, its threads would take turns with what is measured.
    """
    argv = [sys.executable, "-m", module]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
