"""A receiver of webhooks and pushes in its own process: each POST it takes is a line of JSON in a file.

`python -m tests.support.hook_process FILE PORT FAILS`: FAILS as in mail_process, by Idempotency-Key or Topic; -1: always 500;
-2: takes the connection and never answers; -3: answers with a redirect.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FILE, PORT, FAILS = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
TRIED: dict[str, int] = {}


class Hook(BaseHTTPRequestHandler):
    """Takes what it is sent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if FAILS == -2:
            time.sleep(3600)
        key = self.headers.get("Idempotency-Key") or self.headers.get("Topic") or self.path
        TRIED[key] = TRIED.get(key, 0) + 1
        if FAILS == -3:
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{PORT}/elsewhere")
            self.end_headers()
            return
        if FAILS < 0 or TRIED[key] <= FAILS:
            self.send_response(500)
            self.end_headers()
            return
        with FILE.open("a") as file:
            said = {"path": self.path, "headers": dict(self.headers), "body": base64.b64encode(body).decode()}
            file.write(json.dumps(said) + "\n")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"StatusCode": 0, "code": 0}')

    def log_message(self, *_: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Hook)
    print("ready", flush=True)
    server.serve_forever()
