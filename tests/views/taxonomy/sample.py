"""Attributes for the small tree of the test world."""

from __future__ import annotations

from s2b_domain.records.catalog import Attribute, Category
from s2b_domain.rules.attributes import AttributeType, Filter, Option, Use
from s2b_domain.rules.stock import Tracking
from tests.views import world
from tests.views.desk import FakeDesk

_KINDS = (
    ("净含量", "Net content", AttributeType.NUMBER, "ml", ()),
    (
        "包装",
        "Package",
        AttributeType.ENUM,
        "",
        (Option("瓶装", "Bottle"), Option("桶装", "Barrel"), Option("罐装", "Can")),
    ),
    ("生产日期", "Made on", AttributeType.DATE, "", ()),
    ("有机认证", "Organic", AttributeType.BOOLEAN, "", ()),
    ("口味", "Flavour", AttributeType.MULTI_ENUM, "", (Option("原味", "Plain"), Option("柠檬", "Lemon"))),
)


def ask_for(desk: FakeDesk) -> dict[str, str]:
    """Put attributes on the way to water; their ids by Chinese name."""
    ids: dict[str, str] = {}
    for zh, en, kind, unit, options in _KINDS:
        ids[zh] = desk.new_id()
        row = Attribute(
            id=ids[zh],
            row_version=1,
            name_zh=zh,
            name_en=en,
            type=kind,
            unit=unit,
            options=options,
            strict=zh == "包装",
        )
        desk.store.insert(Attribute, [row])
    uses = {
        "食品饮料": (Use(ids["净含量"], True, True, Filter.RANGE), Use(ids["生产日期"]), Use(ids["口味"])),
        "水与饮料": (Use(ids["有机认证"]),),
        "饮用水": (Use(ids["包装"], True, True, Filter.KEYWORD),),
    }
    for name, own in uses.items():
        node = desk.store.get(Category, world.category_id(name))
        assert node is not None
        without = (ids["口味"],) if name == "饮用水" else ()
        papers = ("食品经营许可证",) if name == "食品饮料" else ()
        tracking = Tracking.EXPIRY if name == "食品饮料" else Tracking.NONE
        desk.store.replace(Category, [node.with_(attributes=own, without=without, papers=papers, tracking=tracking)])
    return ids
