"""A proxy between desktops and a hub that cuts, delays, duplicates, truncates and brings old requests again.

It ends the line with the hub's own certificate, so that it meddles with whole requests and answers, not with records.
"""

from __future__ import annotations

import http.client
import http.server
import random
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from s2b_hub.certificate import CERTIFICATE, KEY
from tests.journeys.pretenders import pretender

MEDDLED = ("/v1/push", "/v1/pull")
FAULTS = ("request cut", "answer cut", "answer truncated", "sent twice", "delayed", "an old one again", "broken bytes")
LONGEST = 0.2
"""Seconds of a delay."""


class Weather:
    """What the proxy does: with the chance of `rate`, one of `FAULTS`, counted in `struck`. `down`: no line at all."""

    def __init__(self, hub_port: int, seed: int) -> None:
        self.hub_port = hub_port
        self.rate = 0.0
        self.down = False
        self.struck: Counter[str] = Counter()
        self.chance = random.Random(seed)
        self.lock = threading.Lock()
        self.old: list[tuple[str, dict[str, str], bytes]] = []

    def draw(self, path: str) -> str:
        """The next fault, if any."""
        with self.lock:
            if path not in MEDDLED or self.chance.random() >= self.rate:
                return ""
            fault = self.chance.choice(FAULTS)
            self.struck[fault] += 1
            return fault

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the hub."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        line = http.client.HTTPSConnection("127.0.0.1", self.hub_port, timeout=30, context=context)
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            line.close()


@contextmanager
def proxy(data: Path, weather: Weather) -> Iterator[str]:
    """Stand before the hub whose data is in a folder; the address."""

    class Between(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            fault = weather.draw(self.path)
            if weather.down or fault == "request cut":
                return self._hang_up()
            if fault == "delayed":
                threading.Event().wait(weather.chance.uniform(0, LONGEST))
            if fault == "an old one again" and weather.old:
                path, before, old = weather.chance.choice(weather.old)
                weather.forward("POST", path, before, old)
            if self.path in MEDDLED:
                weather.old.append((self.path, headers, body))
            if fault == "sent twice":
                weather.forward(self.command, self.path, headers, body)
            status, told, content = weather.forward(self.command, self.path, headers, body)
            if weather.down or fault == "answer cut":
                return self._hang_up()
            return self._answer(status, told, content, fault)

        def do_GET(self) -> None:
            self.do_POST()

        def _answer(self, status: int, told: list[tuple[str, str]], content: bytes, fault: str) -> None:
            self.send_response_only(status)
            for name, value in told:
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            if fault == "answer truncated":
                content = content[: len(content) // 2]
            if fault == "broken bytes":
                content = content[:-3] + bytes(3)
            self.wfile.write(content)
            self.close_connection = True

        def _hang_up(self) -> None:
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(data / CERTIFICATE, data / KEY)
    with pretender(Between, tls) as address:
        yield address
