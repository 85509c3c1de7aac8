"""Figures for the monitoring: there, true, without anybody in them, and for this machine alone."""

from __future__ import annotations

from typing import Any

import anyio

from s2b_hub.metrics import exposition
from s2b_hub.server import application
from tests.hub.world import LOGINS, ORGANISATIONS, World


def figures(world: World) -> dict[str, float]:
    lines = exposition(world.hub).decode().splitlines()
    return {name: float(value) for name, value in (x.rsplit(" ", 1) for x in lines if not x.startswith("#"))}


def told(world: World, host: str, **headers: str) -> tuple[int, str]:
    """The answer to somebody at an address: status and text."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/metrics", "query_string": b"", "client": (host, 50000)}
    scope["headers"] = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    anyio.run(application(world.hub), scope, receive, send)
    return sent[0]["status"], sent[1]["body"].decode(errors="replace")


def test_figures_are_true_and_name_nobody(world: World) -> None:
    before = figures(world)
    world.desk("chenguang").send(world.order(("HF-1", 1)))
    after = figures(world)
    assert after["s2b_hub_devices"] == before["s2b_hub_devices"] + 1
    assert after["s2b_hub_jobs_total"] > before["s2b_hub_jobs_total"]
    assert after["s2b_hub_backup_age_seconds"] == -1
    text = exposition(world.hub).decode()
    assert not [name for name in (*LOGINS, *(n for n, _ in ORGANISATIONS.values())) if name in text]


def test_only_this_machine_is_told(world: World) -> None:
    status, text = told(world, "127.0.0.1")
    assert status == 200
    assert "s2b_hub_recovering 0.0" in text
    assert told(world, "127.0.0.1", x_forwarded_for="203.0.113.5")[0] == 404
    assert told(world, "192.0.2.7")[0] == 404
