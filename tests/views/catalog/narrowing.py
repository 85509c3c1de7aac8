"""Water with attributes that merchants filter by."""

from __future__ import annotations

from s2b_domain.records.catalog import Category, Product, Sku
from s2b_domain.rules.attributes import Filter, Use
from tests.views import world
from tests.views.desk import FakeDesk
from tests.views.taxonomy.sample import ask_for

WATER = "饮用水"


def offer_filters(desk: FakeDesk) -> dict[str, str]:
    """Three goods by package (a choice), net content (a range) and a certificate; the attributes' ids by name."""
    ids = ask_for(desk)
    node = desk.store.get(Category, world.category_id(WATER))
    assert node is not None
    uses = (Use(ids["包装"], spec=True, filterable=Filter.KEYWORD), Use(ids["有机认证"], filterable=Filter.KEYWORD))
    desk.store.replace(Category, [node.with_(attributes=uses)])
    goods = desk.store.find(Product, category_id=world.category_id(WATER))
    assert len(goods) == 3
    for at, product in enumerate(sorted(goods, key=lambda p: p.id)):
        parameters = {"产地": f"第{at}泉", "Organic": "是" if at % 2 else "否"}
        desk.store.replace(Product, [product.with_(parameters=parameters, brand=f"牌子{at % 3}")])
        skus = desk.store.find(Sku, product_id=product.id)
        specs = {"包装": "桶装" if at < 2 else "瓶装", "净含量": f"{(at + 1) * 100}ml"}
        desk.store.replace(Sku, [s.with_(specs=specs) for s in skus])
    return ids
