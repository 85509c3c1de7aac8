"""A believable world for pictures and view tests: two suppliers, two merchants, 60 goods, orders in every state.

Everything is made by the real commands in a store that stands for the hub; `visible_rows` cuts out what one actor's
desktop would hold. Nothing is random from run to run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from s2b_desktop.models import local, search
from s2b_domain import wire
from s2b_domain.access import Actor, Role, granted, price_levels, scopes_of
from s2b_domain.commands import carry_out, pack
from s2b_domain.commands.categories import CategoryEntry, SaveCategories
from s2b_domain.commands.command import Command
from s2b_domain.commands.goods import GoodsLine, ImportGoods, ReviewGoods
from s2b_domain.commands.order_steps import CancelOrder, ConfirmOrder
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.commands.parties import AddPaper, Apply, Decide, DecidePaper
from s2b_domain.commands.payments import PayOrder
from s2b_domain.commands.supply import AcceptSupply, DeclineSupply, ShipItem, ShipParcel, TrackParcel
from s2b_domain.ids import derived_id, make_id
from s2b_domain.records import METADATA, RECORDS, Record
from s2b_domain.records.catalog import Product, Revision, Sku
from s2b_domain.records.order import Address, Order, Parcel, SupplyLine, SupplyOrder
from s2b_domain.records.party import Organisation, PartyKind, Person, SupplierTerms, TradeTerms
from s2b_domain.records.stock import Warehouse
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.onboarding import ContentState, PaperState, PartyState
from s2b_domain.rules.order_flow import OrderKind, ParcelState, SupplyState
from s2b_domain.tx import Tx

NOW = 1_795_342_800_000
"""2026-11-22 10:20 UTC: the time at which every fake desk stands."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

_FOOD, _HOME = "杭州恒丰食品", "义乌百川日用"

CATEGORIES: dict[str, dict[str, tuple[str, ...]]] = {
    "食品饮料": {
        "水与饮料": ("饮用水", "茶饮料", "果汁"),
        "休闲零食": ("饼干糕点", "坚果炒货"),
        "粮油调味": ("调味品", "米面"),
    },
    "家居日用": {"清洁用品": ("衣物清洁", "厨房清洁"), "纸品湿巾": ("抽纸", "湿巾"), "收纳整理": ("收纳箱", "衣架")},
}
ENGLISH = {
    "食品饮料": "Food and drinks", "水与饮料": "Water and drinks", "饮用水": "Water",
    "茶饮料": "Tea drinks", "果汁": "Juice",
    "休闲零食": "Snacks", "饼干糕点": "Biscuits and cakes", "坚果炒货": "Nuts",
    "粮油调味": "Staples", "调味品": "Seasoning",
    "米面": "Rice and noodles", "家居日用": "Household", "清洁用品": "Cleaning", "衣物清洁": "Laundry",
    "厨房清洁": "Kitchen cleaning", "纸品湿巾": "Paper and wipes", "抽纸": "Tissues", "湿巾": "Wipes",
    "收纳整理": "Storage", "收纳箱": "Boxes", "衣架": "Hangers",
}  # fmt: skip

# title, brand, category, unit, 供货价 and suggested retail price in 分, stock
FOOD = [
    ("农夫山泉 饮用天然水 550ml×24", "农夫山泉", "饮用水", "箱", 2650, 3600, 480),
    ("怡宝 纯净水 555ml×24", "怡宝", "饮用水", "箱", 2480, 3400, 350),
    ("百岁山 矿泉水 570ml×24", "百岁山", "饮用水", "箱", 4200, 5600, 160),
    ("康师傅 冰红茶 500ml×15", "康师傅", "茶饮料", "箱", 3150, 4500, 220),
    ("统一 绿茶 500ml×15", "统一", "茶饮料", "箱", 3080, 4400, 205),
    ("三得利 乌龙茶 无糖 500ml×15", "三得利", "茶饮料", "箱", 4850, 6800, 96),
    ("东方树叶 茉莉花茶 500ml×15", "农夫山泉", "茶饮料", "箱", 5200, 7000, 8),
    ("元气森林 气泡水 白桃味 480ml×15", "元气森林", "茶饮料", "箱", 5100, 7200, 120),
    ("汇源 100%橙汁 1L×6", "汇源", "果汁", "箱", 4680, 6600, 75),
    ("味全 每日C 葡萄汁 300ml×12", "味全", "果汁", "箱", 5880, 8400, 6),
    ("奥利奥 夹心饼干 原味 349g", "奥利奥", "饼干糕点", "盒", 1180, 1690, 310),
    ("好丽友 派 巧克力味 12枚", "好丽友", "饼干糕点", "盒", 1390, 1990, 260),
    ("嘉士利 早餐饼 红枣味 400g", "嘉士利", "饼干糕点", "袋", 720, 1080, 145),
    ("达利园 法式小面包 400g", "达利园", "饼干糕点", "袋", 860, 1290, 190),
    ("三只松鼠 每日坚果 750g", "三只松鼠", "坚果炒货", "盒", 6900, 9900, 88),
    ("洽洽 香瓜子 原香 308g", "洽洽", "坚果炒货", "袋", 890, 1290, 420),
    ("良品铺子 夏威夷果 奶油味 250g", "良品铺子", "坚果炒货", "袋", 2380, 3580, 10),
    ("百草味 碧根果 190g", "百草味", "坚果炒货", "袋", 1980, 2990, 134),
    ("海天 金标生抽 1.9L", "海天", "调味品", "瓶", 1560, 2190, 230),
    ("李锦记 蒸鱼豉油 410ml", "李锦记", "调味品", "瓶", 1080, 1580, 176),
    ("老干妈 风味豆豉 280g", "老干妈", "调味品", "瓶", 780, 1090, 365),
    ("太太乐 鸡精 454g", "太太乐", "调味品", "袋", 1290, 1790, 140),
    ("恒顺 镇江香醋 500ml", "恒顺", "调味品", "瓶", 620, 960, 215),
    ("金龙鱼 东北大米 5kg", "金龙鱼", "米面", "袋", 2980, 3990, 92),
    ("福临门 雪花粉 5kg", "福临门", "米面", "袋", 2350, 3290, 64),
    ("陈克明 鸡蛋挂面 1kg", "陈克明", "米面", "袋", 890, 1290, 300),
    ("白象 汤好喝 老母鸡汤面 5袋", "白象", "米面", "袋", 1050, 1490, 275),
    ("十月稻田 五常大米 2.5kg", "十月稻田", "米面", "袋", 2690, 3690, 4),
    ("王小卤 虎皮凤爪 200g", "王小卤", "坚果炒货", "袋", 1850, 2690, 152),
    ("卫龙 大面筋 106g", "卫龙", "饼干糕点", "袋", 320, 500, 610),
]
HOME = [
    ("蓝月亮 深层洁净洗衣液 3kg", "蓝月亮", "衣物清洁", "瓶", 2980, 4290, 180),
    ("立白 大师香氛洗衣凝珠 52颗", "立白", "衣物清洁", "盒", 2690, 3990, 120),
    ("奥妙 除菌洗衣粉 2.8kg", "奥妙", "衣物清洁", "袋", 2150, 2990, 96),
    ("金纺 衣物柔顺剂 2.5L", "金纺", "衣物清洁", "瓶", 1980, 2890, 7),
    ("白猫 柠檬红茶洗洁精 1.5kg", "白猫", "厨房清洁", "瓶", 980, 1490, 240),
    ("威猛先生 厨房重油污净 500g", "威猛先生", "厨房清洁", "瓶", 1390, 1990, 105),
    ("妙洁 加厚百洁布 6片", "妙洁", "厨房清洁", "包", 560, 890, 330),
    ("3M 思高 海绵擦 4片", "3M", "厨房清洁", "包", 890, 1290, 160),
    ("维达 超韧抽纸 3层110抽×24包", "维达", "抽纸", "箱", 4580, 5990, 140),
    ("清风 原木抽纸 3层100抽×20包", "清风", "抽纸", "箱", 3690, 4990, 155),
    ("心相印 茶语丝享抽纸 ×18包", "心相印", "抽纸", "箱", 3480, 4690, 9),
    ("洁柔 Face 可湿水面纸 ×16包", "洁柔", "抽纸", "箱", 3980, 5390, 84),
    ("全棉时代 婴儿湿巾 80片×6包", "全棉时代", "湿巾", "箱", 4890, 6900, 60),
    ("心相印 厨房湿巾 80片×3包", "心相印", "湿巾", "组", 1690, 2490, 125),
    ("德佑 湿厕纸 80片×5包", "德佑", "湿巾", "箱", 3290, 4590, 110),
    ("禧天龙 塑料收纳箱 58L 3个装", "禧天龙", "收纳箱", "组", 8900, 12900, 42),
    ("爱丽思 抽屉式收纳柜 5层", "爱丽思", "收纳箱", "个", 16800, 23900, 18),
    ("茶花 冰箱保鲜盒 1.2L×4", "茶花", "收纳箱", "组", 2280, 3490, 135),
    ("佳帮手 真空压缩袋 11件套", "佳帮手", "收纳箱", "套", 3590, 5290, 70),
    ("妙然 无痕植绒衣架 20支", "妙然", "衣架", "组", 1980, 2990, 190),
    ("宜家风 实木衣架 10支", "木之源", "衣架", "组", 3580, 5290, 55),
    ("佳能达 不锈钢衣架 加粗 30支", "佳能达", "衣架", "组", 2890, 4290, 2),
    ("雕牌 透明皂 202g×4", "雕牌", "衣物清洁", "组", 1180, 1690, 280),
    ("舒肤佳 纯白清香香皂 108g×3", "舒肤佳", "衣物清洁", "组", 1290, 1790, 240),
    ("得宝 Tempo 手帕纸 4层×36包", "得宝", "抽纸", "箱", 3980, 5590, 95),
    ("汉高 洁厕剂 600g×2", "妙力", "厨房清洁", "组", 1490, 2190, 150),
    ("太力 粘钩 无痕 12只", "太力", "收纳箱", "包", 960, 1590, 365),
    ("安洁 一次性手套 加厚 500只", "安洁", "厨房清洁", "盒", 1190, 1890, 210),
    ("美丽雅 平板拖把 45cm", "美丽雅", "厨房清洁", "把", 4590, 6900, 38),
    ("双枪 天然竹筷 10双", "双枪", "厨房清洁", "包", 1380, 1990, 172),
]
_UNKNOWN_CATEGORY = {"十月稻田 五常大米 2.5kg"}
PEOPLE = [
    ("陈晓燕", "13805710023", "浙江省杭州市西湖区", "文三路 478 号 3 幢 502"),
    ("周建国", "13957100781", "浙江省杭州市拱墅区", "湖墅南路 186 号"),
    ("Li Na", "13606810456", "上海市浦东新区", "张杨路 1518 弄 12 号 1803"),
    ("王芳", "18657190012", "江苏省苏州市姑苏区", "十全街 231 号"),
    ("赵志强", "15868100934", "浙江省宁波市鄞州区", "中兴路 588 号 7 楼"),
]


def organisation_id(name: str) -> str:
    """The id of an organisation of this world."""
    return derived_id(make_id(NOW - 200 * DAY, bytes(10)), "organisation", name)


def category_id(name: str) -> str:
    """The id of a category by its Chinese name."""
    return derived_id(make_id(NOW - 200 * DAY, bytes(10)), "category", name)


def _actor(name: str, organisation: str, kind: PartyKind, role: Role) -> Actor:
    home = organisation_id(organisation)
    return Actor(derived_id(home, "person", name), name, home, organisation, kind, role)


ADMIN = _actor("沈岚", "S2B 平台", PartyKind.PLATFORM, Role.PLATFORM_ADMIN)
REVIEWER = _actor("许哲", "S2B 平台", PartyKind.PLATFORM, Role.PLATFORM_REVIEWER)
SUPPLIER = _actor("顾恒", _FOOD, PartyKind.SUPPLIER, Role.SUPPLIER_MANAGER)
CLERK = _actor("老方", _FOOD, PartyKind.SUPPLIER, Role.WAREHOUSE_CLERK)
SECOND_SUPPLIER = _actor("白川", _HOME, PartyKind.SUPPLIER, Role.SUPPLIER_MANAGER)
MERCHANT = _actor("林晨", "晨光便利店", PartyKind.MERCHANT, Role.MERCHANT_OWNER)
ASSISTANT = _actor("小吴", "晨光便利店", PartyKind.MERCHANT, Role.SHOP_ASSISTANT)
SECOND_MERCHANT = _actor("陆青", "城南鲜果", PartyKind.MERCHANT, Role.MERCHANT_OWNER)
NEW_SUPPLIER = _actor("何苗", "成都蜀味坊", PartyKind.SUPPLIER, Role.SUPPLIER_MANAGER)
REJECTED_SUPPLIER = _actor("秦禾", "苏州清禾家纺", PartyKind.SUPPLIER, Role.SUPPLIER_MANAGER)
FRESH_SUPPLIER = _actor("马骁", "厦门闽茶行", PartyKind.SUPPLIER, Role.SUPPLIER_MANAGER)
NEW_MERCHANT = _actor("许诺", "小区优选", PartyKind.MERCHANT, Role.MERCHANT_OWNER)
ACTORS = (
    ADMIN, REVIEWER, SUPPLIER, CLERK, SECOND_SUPPLIER, MERCHANT, ASSISTANT, SECOND_MERCHANT,
    NEW_SUPPLIER, REJECTED_SUPPLIER, FRESH_SUPPLIER, NEW_MERCHANT,
)  # fmt: skip


class World:
    """The hub's rows. `do` carries a command out as an actor at a time and keeps the changes."""

    def __init__(self) -> None:
        self.engine = create_engine(  # the program's own SQLite, for its full-text index
            "sqlite://", module=dbapi2, poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        self.connection = self.engine.connect()
        METADATA.create_all(self.connection)
        local.LOCAL.create_all(self.connection)
        search.create(self.connection)
        search.follow(self.connection)
        self.store = RecordStore(self.connection)
        self._random = random.Random(20261122)
        self._numbers = 1000

    def id(self, time: int) -> str:
        """A fresh id born at `time`."""
        return make_id(time, self._random.randbytes(10))

    def add(self, *rows: Record) -> None:
        """Write rows that no command makes."""
        for row in rows:
            self.store.insert(type(row), [row.with_(row_version=1)])

    def do(self, actor: Actor, message: Command, time: int) -> Tx:
        """Carry a command out; it must be accepted."""
        name, payload = pack(message)
        tx = Tx(self.store, actor=actor, command_id=self.id(time), device_id="world", time=time)
        carry_out(tx, name, payload)
        write(self.store, tx)
        return tx

    def order(
        self,
        actor: Actor,
        wanted: list[tuple[str, int]],
        time: int,
        *,
        kind: OrderKind = OrderKind.PURCHASE,
        to: int | None = None,
        confirm: bool = True,
        note: str = "",
    ) -> tuple[str, list[SupplyOrder]]:
        """Place an order of (title, quantity); returns its id and its supply orders."""
        items = []
        for title, quantity in wanted:
            (product,) = self.store.find(Product, title=title)
            (sku,) = self.store.find(Sku, product_id=product.id)
            price = price_of(title)
            items.append(
                OrderItem(sku_id=sku.id, quantity=quantity, price_seen=price[1 if kind is OrderKind.DROPSHIP else 0])
            )
        address = (
            None
            if to is None
            else Address(name=PEOPLE[to][0], phone=PEOPLE[to][1], region=PEOPLE[to][2], street=PEOPLE[to][3])
        )
        order_id, self._numbers = self.id(time), self._numbers + 1
        number = f"D{3 if actor is MERCHANT else 5}-202611{22 - (NOW - time) // DAY:02d}-{self._numbers}"
        self.do(
            actor,
            PlaceOrder(
                order_id=order_id,
                number=number,
                kind=kind,
                items=tuple(items),
                address=address,
                note=note,
                confirm=confirm,
            ),
            time,
        )
        return order_id, self.store.find(SupplyOrder, order_id=order_id)

    def ship(self, supply: SupplyOrder, time: int, *, carrier: str = "顺丰速运", part: float = 1.0) -> str:
        """Ship (a part of) every line in one parcel; returns the parcel's id."""
        actor = SUPPLIER if supply.supplier_id == SUPPLIER.organisation_id else SECOND_SUPPLIER
        lines = self.store.find(SupplyLine, supply_order_id=supply.id)
        items = [ShipItem(supply_line_id=li.id, quantity=max(1, int(li.quantity * part))) for li in lines]
        parcel_id = self.id(time)
        tracking = f"SF{self._random.randrange(10**12, 10**13)}"
        self.do(
            actor,
            ShipParcel(
                parcel_id=parcel_id,
                supply_order_id=supply.id,
                carrier=carrier,
                tracking_number=tracking,
                items=tuple(items),
            ),
            time,
        )
        return parcel_id


def write(store: RecordStore, tx: Tx) -> list[tuple[type[Record], str]]:
    """Bring a transaction's changes into a store; returns what changed."""
    changed = []
    for (cls, id_), before, after in tx.changes():
        if after is None:
            store.remove(cls, [id_])
        elif before is None:
            store.insert(cls, [after])
        else:
            store.replace(cls, [after])
        changed.append((cls, id_))
    return changed


def price_of(title: str) -> tuple[int, int]:
    """供货价 and 代发价 of a good in 1/10,000 yuan."""
    cents = next(row[4] for row in (*FOOD, *HOME) if row[0] == title)
    return cents * 100, round(cents * 1.06) * 100


def goods_lines(rows: list[tuple[str, str, str, str, int, int, int]], prefix: str) -> Iterator[GoodsLine]:
    """Import lines of goods; codes keep their leading zeros."""
    for place, (title, brand, category, unit, supply, retail, stock) in enumerate(rows, 1):
        yield GoodsLine(
            row=place + 1,
            code=f"{prefix}{place:04d}",
            title=title,
            brand=brand,
            category="有机杂粮" if title in _UNKNOWN_CATEGORY else category,
            unit=unit,
            barcodes=(f"69{20_000_000 if prefix == '00' else 41_000_000}{place * 37:04d}"[:13].ljust(13, "8"),),
            supply_price=supply * 100,
            dropship_price=round(supply * 1.06) * 100,
            retail_price=retail * 100,
            min_quantity=2 if supply < 1500 else 1,
            stock=stock,
            parameters={"产地": "浙江" if prefix == "00" else "江苏", "保质期": "12 个月"}
            if place % 2
            else {"产地": "广东"},
            description=f"{brand} {category}，整{unit}发货。",
        )


def _parties(world: World) -> None:
    states = {
        "S2B 平台": PartyState.APPROVED,
        **dict.fromkeys((_FOOD, _HOME, "晨光便利店", "城南鲜果"), PartyState.DRAFT),
        **dict.fromkeys(("成都蜀味坊", "苏州清禾家纺", "厦门闽茶行", "小区优选"), PartyState.DRAFT),
    }
    regions = {
        _FOOD: "浙江 杭州",
        _HOME: "浙江 义乌",
        "晨光便利店": "浙江 杭州",
        "城南鲜果": "上海",
        "成都蜀味坊": "四川 成都",
        "苏州清禾家纺": "江苏 苏州",
        "厦门闽茶行": "福建 厦门",
        "小区优选": "浙江 绍兴",
    }
    kinds = {a.organisation_name: a.kind for a in ACTORS}
    for name, state in states.items():
        world.add(
            Organisation(
                id=organisation_id(name), name=name, kind=kinds[name], state=state, region=regions.get(name, "")
            )
        )
    for actor in ACTORS:
        world.add(
            Person(
                id=actor.id,
                organisation_id=actor.organisation_id,
                name=actor.name,
                login=f"demo{ACTORS.index(actor)}",
                role=str(actor.role),
            )
        )
    for actor in (SUPPLIER, SECOND_SUPPLIER):
        world.add(SupplierTerms(id=actor.organisation_id, commission_bp=300))
        world.add(
            Warehouse(
                id=derived_id(actor.organisation_id, "warehouse", "main"), owner_id=actor.organisation_id, name="主仓"
            )
        )
    world.add(
        TradeTerms(
            id=derived_id(SUPPLIER.organisation_id, "terms", MERCHANT.organisation_id),
            supplier_id=SUPPLIER.organisation_id,
            merchant_id=MERCHANT.organisation_id,
            level="standard",
            credit_limit=5_000_000,
            credit_days=30,
        )
    )
    applicants = [
        (SUPPLIER, "913301087654321098", "顾恒", "13806510001", "浙江 杭州", "杭州市余杭区良渚物流园 8 号", 120),
        (SECOND_SUPPLIER, "913307823344556677", "白川", "13905790002", "浙江 义乌", "义乌市稠州北路 1388 号", 110),
        (MERCHANT, "92330106MA2B0CDE5X", "林晨", "13857100003", "浙江 杭州", "杭州市西湖区翠苑三区 12 幢底商", 100),
        (SECOND_MERCHANT, "91310115MA1K4FGH6Y", "陆青", "13611800004", "上海", "上海市黄浦区中华路 600 号", 90),
        (NEW_SUPPLIER, "915101056789012345", "何苗", "13980800005", "四川 成都", "成都市郫都区川菜产业园 3 号", 2),
        (
            REJECTED_SUPPLIER,
            "913205081122334455",
            "秦禾",
            "13912600006",
            "江苏 苏州",
            "苏州市吴江区盛泽镇舜湖路 77 号",
            9,
        ),
        (NEW_MERCHANT, "92330602MA2D9KLM3Z", "许诺", "13758500007", "浙江 绍兴", "绍兴市越城区解放路 211 号", 1),
    ]
    for actor, licence, contact, phone, region, address, days in applicants:
        at = NOW - days * DAY
        note = "主营川味调味品，自有工厂，可提供代发。" if actor is NEW_SUPPLIER else ""
        world.do(
            actor,
            Apply(
                name=actor.organisation_name,
                licence_number=licence,
                contact=contact,
                phone=phone,
                region=region,
                address=address,
                note=note,
            ),
            at,
        )
        paper = world.id(at)
        world.do(
            actor,
            AddPaper(
                paper_id=paper,
                kind="营业执照",
                number=licence,
                issued_by="市场监督管理局",
                expires_at=NOW + 900 * DAY,
                public=True,
            ),
            at + MINUTE,
        )
        if actor.kind is PartyKind.SUPPLIER:
            more = world.id(at + 1)
            world.do(
                actor,
                AddPaper(
                    paper_id=more,
                    kind="食品经营许可证",
                    number=f"JY1{licence[2:14]}",
                    issued_by="市场监督管理局",
                    expires_at=NOW + (20 if actor is NEW_SUPPLIER else 400) * DAY,
                    public=True,
                ),
                at + 2 * MINUTE,
            )
            if actor not in (NEW_SUPPLIER, REJECTED_SUPPLIER):
                world.do(REVIEWER, DecidePaper(paper_id=more, state=PaperState.APPROVED), at + HOUR)
            if actor is REJECTED_SUPPLIER:
                world.do(
                    REVIEWER,
                    DecidePaper(paper_id=more, state=PaperState.REJECTED, reasons=("扫描件不清晰，请重新上传",)),
                    at + HOUR,
                )
        if actor in (NEW_SUPPLIER, NEW_MERCHANT):
            continue
        if actor is REJECTED_SUPPLIER:
            world.do(
                REVIEWER,
                Decide(
                    organisation_id=actor.organisation_id,
                    state=PartyState.REJECTED,
                    reasons=("营业执照与申请名称不一致", "缺少品牌授权书"),
                ),
                at + DAY,
            )
            continue
        world.do(REVIEWER, DecidePaper(paper_id=paper, state=PaperState.APPROVED), at + HOUR)
        world.do(REVIEWER, Decide(organisation_id=actor.organisation_id, state=PartyState.APPROVED), at + DAY)


def _categories(world: World) -> None:
    entries: list[CategoryEntry] = []

    def node(name: str, parent: str) -> None:
        at = sum(1 for e in entries if e.parent_id == parent)
        entries.append(
            CategoryEntry(id=category_id(name), parent_id=parent, name_zh=name, name_en=ENGLISH[name], position=at)
        )

    for top, middle in CATEGORIES.items():
        node(top, "")
        for name, leaves in middle.items():
            node(name, category_id(top))
            for leaf in leaves:
                node(leaf, category_id(name))
    world.do(ADMIN, SaveCategories(entries=tuple(entries)), NOW - 150 * DAY)


def _goods(world: World) -> None:
    for actor, rows, prefix in ((SUPPLIER, FOOD, "00"), (SECOND_SUPPLIER, HOME, "BC-")):
        world.do(actor, ImportGoods(lines=tuple(goods_lines(rows, prefix))), NOW - 60 * DAY)
    held = {
        "白象 汤好喝 老母鸡汤面 5袋",
        "十月稻田 五常大米 2.5kg",
        "王小卤 虎皮凤爪 200g",
        "卫龙 大面筋 106g",
        "美丽雅 平板拖把 45cm",
        "双枪 天然竹筷 10双",
    }
    bad = {"汉高 洁厕剂 600g×2", "卫龙 大面筋 106g"}
    waiting = world.store.find(Product, state=ContentState.SUBMITTED)
    good = [(p.id, p.row_version) for p in waiting if p.title not in held | bad]
    world.do(REVIEWER, ReviewGoods(products=tuple(good), approve=True), NOW - 59 * DAY)
    wrong = [(p.id, p.row_version) for p in waiting if p.title in bad]
    world.do(REVIEWER, ReviewGoods(products=tuple(wrong), approve=False, reasons=("品牌与标题不符",)), NOW - 58 * DAY)
    world.do(
        SUPPLIER,
        ImportGoods(
            lines=(
                GoodsLine(
                    row=2,
                    code="000001",
                    title="农夫山泉 饮用天然水 550ml×24 整箱装",
                    description="农夫山泉 饮用水，整箱发货，水源地：千岛湖。",
                ),
                GoodsLine(row=3, code="000015", parameters={"产地": "安徽", "保质期": "9 个月", "净含量": "750g"}),
                GoodsLine(row=4, code="000019", brand="海天味业", category="粮油调味 > 调味品"),
            )
        ),
        NOW - 5 * HOUR,
    )


def _orders(world: World) -> None:
    a, b = MERCHANT, SECOND_MERCHANT
    water, tea, wipes, tissue, soy, nuts = FOOD[0][0], FOOD[3][0], HOME[13][0], HOME[8][0], FOOD[18][0], FOOD[14][0]
    soap, box, biscuit, noodles, detergent = HOME[22][0], HOME[17][0], FOOD[10][0], FOOD[25][0], HOME[0][0]

    def suppliers(parts: list[SupplyOrder], at: int) -> None:
        for part in parts:
            actor = SUPPLIER if part.supplier_id == SUPPLIER.organisation_id else SECOND_SUPPLIER
            world.do(actor, AcceptSupply(supply_order_ids=(part.id,)), at)

    def deliver(parcel: str, at: int, *, last: ParcelState = ParcelState.DELIVERED) -> None:
        (row,) = world.store.find(Parcel, id=parcel)
        actor = SUPPLIER if row.supplier_id == SUPPLIER.organisation_id else SECOND_SUPPLIER
        for step, (state, place) in enumerate(
            (
                (ParcelState.COLLECTED, "杭州余杭"),
                (ParcelState.IN_TRANSIT, "杭州转运中心"),
                (ParcelState.OUT_FOR_DELIVERY, "杭州西湖区"),
                (ParcelState.DELIVERED, "杭州西湖区"),
            )
        ):
            world.do(
                actor,
                TrackParcel(parcel_id=parcel, state=state, place=place, eta=NOW + DAY if last is not state else None),
                at + step * 5 * HOUR,
            )
            if state is last:
                return

    for days in range(9, 2, -1):
        at = NOW - days * DAY - HOUR
        order, parts = world.order(a if days % 2 else b, [(water, 10 + days), (biscuit, 6), (tissue, 2 + days % 3)], at)
        suppliers(parts, at + HOUR)
        for part in parts:
            deliver(world.ship(part, at + 5 * HOUR), at + 8 * HOUR)
    for at, wanted, to in (
        (NOW - 50 * HOUR, [(nuts, 1)], 0),
        (NOW - 46 * HOUR, [(tissue, 1), (soy, 2)], 1),
        (NOW - 45 * HOUR, [(box, 2)], 2),
    ):
        order, parts = world.order(a, wanted, at, kind=OrderKind.DROPSHIP, to=to, note="请放门卫处" if to == 1 else "")
        due = world.store.find(Order, id=order)[0].total
        world.do(a, PayOrder(order_id=order, method="WECHAT", amount=due), at + MINUTE)
        suppliers(parts, at + HOUR)
        for part in parts:
            deliver(world.ship(part, at + 4 * HOUR, carrier="中通快递"), at + 6 * HOUR, last=ParcelState.IN_TRANSIT)
    _, parts = world.order(a, [(water, 30), (tea, 12), (soap, 20)], NOW - 30 * HOUR)
    suppliers(parts, NOW - 28 * HOUR)
    world.ship(parts[0], NOW - 20 * HOUR, part=0.5)
    for at, merchant, wanted in (
        (NOW - 22 * HOUR, b, [(noodles, 24), (soy, 12)]),
        (NOW - 20 * HOUR, a, [(detergent, 8), (wipes, 10)]),
        (NOW - 9 * HOUR, a, [(tea, 20), (nuts, 6)]),
    ):
        _, parts = world.order(merchant, wanted, at)
        suppliers(parts, at + 30 * MINUTE)
    order, parts = world.order(a, [(FOOD[23][0], 10)], NOW - 26 * HOUR)
    world.do(SUPPLIER, DeclineSupply(supply_order_id=parts[0].id, reason="暂时缺货，预计下周到货"), NOW - 25 * HOUR)
    order, parts = world.order(a, [(HOME[15][0], 3)], NOW - 27 * HOUR)
    world.do(a, CancelOrder(order_id=order, reason="下错数量"), NOW - 27 * HOUR + 10 * MINUTE)
    waiting = (
        (46 * HOUR, b, [(FOOD[20][0], 24), (FOOD[22][0], 12)]),
        (7 * HOUR, a, [(water, 40), (tea, 10), (FOOD[8][0], 4)]),
        (4 * HOUR, b, [(biscuit, 24)]),
        (3 * HOUR, a, [(tissue, 6), (detergent, 6), (FOOD[15][0], 30)]),
        (95 * MINUTE, a, [(nuts, 4), (soy, 10)]),
        (40 * MINUTE, b, [(water, 20)]),
    )
    for before, merchant, wanted in waiting:
        world.order(merchant, wanted, NOW - before)
    for before, to, wanted in (
        (70 * MINUTE, 3, [(nuts, 1), (box, 1)]),
        (25 * MINUTE, 4, [(tissue, 2)]),
        (12 * MINUTE, 0, [(HOME[18][0], 1)]),
    ):
        world.order(a, wanted, NOW - before, kind=OrderKind.DROPSHIP, to=to, confirm=False)
    order, _ = world.order(a, [(biscuit, 12)], NOW - 2 * HOUR, confirm=False)
    world.do(a, ConfirmOrder(order_id=order), NOW - 100 * MINUTE)


@cache
def world() -> World:
    """The world, made once per process; do not change it."""
    made = World()
    _parties(made)
    _categories(made)
    _goods(made)
    _orders(made)
    while search.index_some(made.connection):
        pass
    made.connection.commit()
    return made


def scopes(actor: Actor, connection: Connection) -> frozenset[str]:
    """The scopes that the hub would grant."""
    store = RecordStore(connection)
    terms = store.find(TradeTerms, merchant_id=actor.organisation_id)
    return granted(actor, price_levels(store.find(Organisation), terms))


def visible_rows(actor: Actor) -> Iterator[tuple[type[Record], list[Record]]]:
    """What the actor's desktop holds, table by table."""
    made = world()
    allowed = scopes(actor, made.connection)
    for cls in RECORDS.values():
        yield cls, [row for row in made.store.find(cls) if allowed.intersection(scopes_of(row))]


__all__ = [
    "ACTORS", "ADMIN", "ASSISTANT", "CLERK", "DAY", "FRESH_SUPPLIER", "HOUR", "MERCHANT", "MINUTE", "NEW_MERCHANT",
    "NEW_SUPPLIER", "NOW", "REJECTED_SUPPLIER", "REVIEWER", "SECOND_MERCHANT", "SECOND_SUPPLIER", "SUPPLIER",
    "Revision", "SupplyState", "World", "category_id", "organisation_id", "scopes", "visible_rows", "world", "write",
]  # fmt: skip


def _some_order() -> PlaceOrder:
    item = OrderItem(sku_id="01a2003804e87100be05cd4619b86703", quantity=3, price_seen=125_000)
    id_ = "01a2003804e87100be05cd4619b86704"
    return PlaceOrder(order_id=id_, number="D2-20261122-1040", kind=OrderKind.PURCHASE, items=(item,))


def hub_state() -> wire.HubState:
    """A hub that was restored this morning, and what is left to do."""
    letters = (
        wire.HubLetter(
            place="D3/17",
            kind="unbooked",
            code="not_found",
            command="supply.accept@1",
            time=NOW - 7_200_000,
            detail="not_found kind=supply_order",
            can_retry=True,
            payload=pack(AcceptSupply(supply_order_ids=("01a2003804e87100be05cd4619b86702",)))[1],
        ),
        wire.HubLetter(
            place="D2/40",
            kind="differs",
            code="booked_differently",
            command="order.place@1",
            time=NOW - 7_100_000,
            detail="promised_without_stock missing=3",
            can_retry=False,
            payload=pack(_some_order())[1],
        ),
        wire.HubLetter(
            place="D5/2",
            kind="failed",
            code="hub_error",
            command="goods.import@1",
            time=NOW - 90_000_000,
            detail="",
            can_retry=False,
        ),
    )
    return wire.HubState(
        time=NOW - 4_000,
        version="0.1.0",
        devices=14,
        sessions=11,
        queue=0,
        backups=12,
        backup_at=NOW - 1_800_000,
        restored_at=NOW - 7_000_000,
        brought_back=318,
        letters=letters,
        held=(
            wire.HubHeld(
                command_id="01a2003804e87100be05cd4619b86701",
                device="D7",
                organisation="晨光便利店",
                author="李娜",
                command="order.cancel@1",
                payload=pack(CancelOrder(order_id="01a2003804e87100be05cd4619b86702", reason="客人不要了"))[1],
                time=NOW - 200_000_000,
            ),
        ),
    )
