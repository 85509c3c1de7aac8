"""Submitting: checked, durable, shown, and told apart from what the hub has decided."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from s2b_desktop.models.workspace import Workspace
from s2b_domain.commands.goods import ShelveGoods
from s2b_domain.errors import Refused
from s2b_domain.records.catalog import Sku
from s2b_domain.records.store import RecordStore
from tests.views import world


def first_sku(workspace: Workspace) -> Sku:
    with workspace.cache.read() as connection:
        return RecordStore(connection).find(Sku, on_sale=True)[0]


def test_what_is_submitted_shows_at_once_and_waits(desktop: Callable[..., Workspace]) -> None:
    supplier = desktop(world.SUPPLIER)
    sku = first_sku(supplier)
    seq = supplier.submit(ShelveGoods(sku_ids=(sku.id,), on_sale=False))
    with supplier.cache.read() as connection:
        shown = RecordStore(connection).get(Sku, sku.id)
    assert shown is not None
    assert not shown.on_sale
    assert [(i.seq, i.state, i.name) for i in supplier.queue()] == [(seq, "waiting", "goods.shelve@1")]
    assert supplier.waiting_rows("sku") == {sku.id}
    assert supplier.counts() == (1, 0)


def test_a_refused_command_is_stored_nowhere(desktop: Callable[..., Workspace]) -> None:
    supplier = desktop(world.SUPPLIER)
    other = desktop(world.SECOND_SUPPLIER, name="other")
    foreign = first_sku(other)
    with pytest.raises(Refused):
        desktop(world.MERCHANT, name="merchant").submit(ShelveGoods(sku_ids=(foreign.id,), on_sale=False))
    assert supplier.queue() == []
