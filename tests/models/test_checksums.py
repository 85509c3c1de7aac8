"""Scope checksums are the hub's."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from s2b_desktop.models import local
from s2b_desktop.models.checksums import Mismatch, Sums, verify
from s2b_domain.access import scopes_of
from s2b_domain.wire import checksum_add, row_hash
from tests.views import world


def test_sums_go_up_and_down_by_scope() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        local.LOCAL.create_all(connection)
        rows = [r for _, found in world.visible_rows(world.MERCHANT) for r in found]
        sums = Sums()
        for row in rows:
            sums.count(row.table.name, [type(row).encode(row)])
        first, *rest = (r for r in rows if "catalog" in scopes_of(r))
        sums.save(connection)
        sums.count(first.table.name, [type(first).encode(first)], -1)
        sums.save(connection)
        expected = checksum_add(0, *(row_hash(r.table.name, r.id, r.row_version) for r in rest)).to_bytes(16, "big")
        verify(connection, {"catalog": expected, "nowhere": bytes(16)})
        with pytest.raises(Mismatch, match="catalog"):
            verify(connection, {"catalog": bytes(16)})
    engine.dispose()
