"""What a monitoring system may know of a hub: counts and ages, no names, no ids, nothing about who did what."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import func, select

from s2b_hub import dead_letters, effects, history, tables
from s2b_hub.hub import Hub

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Collector:
    """Reads everything anew with each question, in one snapshot: every process of a hub says the same."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        """The figures of now."""
        hub, now = self._hub, self._hub.clock()
        yield _gauge("queue", "Jobs that wait for the writer of this process.", hub.door.waiting())
        yield CounterMetricFamily("s2b_hub_jobs", "Jobs that this process has committed.", hub.door.committed_jobs)
        yield CounterMetricFamily("s2b_hub_batches", "Transactions they took.", hub.door.committed_batches)
        with hub.database.read() as connection:
            active = select(func.count()).select_from(tables.device).where(tables.device.c.revoked_at.is_(None))
            yield _gauge("devices", "Devices that may sign in.", connection.scalar(active))
            yield _gauge("sessions", "Sessions.", connection.scalar(select(func.count()).select_from(tables.session)))
            kept = select(func.count()).select_from(tables.backup)
            letters = GaugeMetricFamily("s2b_hub_dead_letters", "Commands that need an operator.", labels=["kind"])
            for kind in ("failed", "unbooked", "differs"):
                letters.add_metric([kind], dead_letters.count(connection).get(kind, 0))
            yield letters
            outside = GaugeMetricFamily("s2b_hub_effects", "What is to be done outside of the books.", labels=["state"])
            counted = effects.count(connection)
            for state in effects.EffectState:
                outside.add_metric([state.value], counted.get(state.value, 0))
            yield outside
            newest = connection.scalar(select(func.max(tables.backup.c.taken_at)))
            yield _gauge("backups", "Kept and verified.", connection.scalar(kept))
            age = -1.0 if newest is None else (now - newest) / 1000
            yield _gauge("backup_age_seconds", "Since the newest verified backup; -1 for none.", age)
            under_way = history.recovery(connection)
            yield _gauge("recovering", "1 while a restored hub waits for its desktops.", float(under_way is not None))


def _gauge(name: str, text: str, value: float | None) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"s2b_hub_{name}", text, value or 0)


def exposition(hub: Hub) -> bytes:
    """The text that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(_Collector(hub))
    return generate_latest(registry)
