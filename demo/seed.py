"""The demo's hub before anybody has worked: a platform, two suppliers, two merchants, a category tree, first goods."""

from demo.processes import PASSWORD, HubProcess
from demo.sample_goods import CATEGORIES
from s2b_domain.access import Role
from s2b_domain.commands import Command, pack
from s2b_domain.commands.categories import CategoryEntry, SaveCategories
from s2b_domain.commands.goods import GoodsLine, ImportGoods, ReviewGoods
from s2b_domain.commands.parties import AddPaper, Apply
from s2b_domain.records.catalog import Product
from s2b_domain.records.party import PartyKind
from s2b_domain.records.store import RecordStore
from s2b_domain.rules.onboarding import ContentState, PartyState
from s2b_domain.wire import PROTOCOL, Body, Envelope, OutcomeKind, Push, SignedIn, SignIn, freeze
from s2b_hub import parties
from s2b_hub.hub import Hub

HUB_NAME = "S2B 演示平台"
SUPPLIER, OTHER_SUPPLIER = "杭州恒丰食品", "宁波远大日化"
MERCHANT, OTHER_MERCHANT = "晨光便利店", "小满生活馆"
LOGINS = {
    "admin": (HUB_NAME, Role.PLATFORM_ADMIN, "平台管理员"),
    "reviewer": (HUB_NAME, Role.PLATFORM_REVIEWER, "周审核"),
    "hengfeng": (SUPPLIER, Role.SUPPLIER_MANAGER, "林恒"),
    "clerk": (SUPPLIER, Role.WAREHOUSE_CLERK, "何仓"),
    "yuanda": (OTHER_SUPPLIER, Role.SUPPLIER_MANAGER, "宁远"),
    "chenguang": (MERCHANT, Role.MERCHANT_OWNER, "李店长"),
    "assistant": (MERCHANT, Role.SHOP_ASSISTANT, "小陈"),
    "xiaoman": (OTHER_MERCHANT, Role.MERCHANT_OWNER, "满满"),
}
OTHER_GOODS = (
    ("洗手液", "净植", "个人护理/手部清洁", "500ml", 890, 1090, 1690),
    ("洗手液", "净植", "个人护理/手部清洁", "300ml", 620, 820, 1190),
    ("抽纸", "云柔", "纸品家清/纸巾", "3层130抽*6包", 1180, 1490, 1990),
    ("抽纸", "云柔", "纸品家清/纸巾", "3层130抽*18包", 3280, 3680, 4990),
    ("洗衣凝珠", "净植", "纸品家清/衣物清洁", "50颗", 2150, 2450, 3990),
    ("牙膏", "晨露", "个人护理/口腔洗护", "120g", 560, 760, 1290),
    ("牙刷", "晨露", "个人护理/口腔洗护", "软毛 4支", 690, 890, 1490),
    ("垃圾袋", "家顺", "家居日用/收纳餐厨", "45*55cm 100只", 780, 980, 1590),
)
"""Title, brand, category, size, 供货价, 代发价 and retail price in 分."""
ENGLISH = {
    "饮料冲调": "Drinks",
    "饮用水": "Water",
    "茶饮果汁": "Tea and juice",
    "休闲食品": "Snacks",
    "膨化薯片": "Crisps and puffs",
    "坚果蜜饯": "Nuts and dried fruit",
    "糖果巧克力": "Sweets and chocolate",
    "粮油调味": "Staples and seasonings",
    "米面杂粮": "Rice, flour and grains",
    "食用油": "Cooking oil",
    "酱醋调料": "Sauces and spices",
    "方便速食": "Instant food",
    "方便面": "Instant noodles",
    "乳品烘焙": "Dairy and bakery",
    "常温奶": "UHT milk",
    "纸品家清": "Paper and home care",
    "纸巾": "Tissues",
    "衣物清洁": "Laundry",
    "个人护理": "Personal care",
    "口腔洗护": "Oral care",
    "手部清洁": "Hand wash",
    "家居日用": "Household",
    "收纳餐厨": "Kitchen and storage",
    "袜品拖鞋": "Socks and slippers",
    "文具玩具": "Stationery and toys",
    "书写工具": "Writing",
}


class Seeder:
    """Signs people in on the hub in this process and sends commands for them."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._signed: dict[str, tuple[SignedIn, int]] = {}

    def send(self, login: str, *messages: Command) -> None:
        """Carry commands out; every one must be accepted."""
        if login not in self._signed:
            request = SignIn(login=login, password=PASSWORD, device_name="demo")
            self._signed[login] = (self.hub.sign_in(request), 1)
        signed, seq = self._signed[login]
        envelopes = []
        for message in messages:
            name, payload = pack(message)
            body = Body(
                command_id=self.hub.new_id(),
                actor_id=signed.actor.id,
                name=name,
                payload=payload,
                client_time=self.hub.clock(),
            )
            envelopes.append(Envelope(seq=seq, body=freeze(body)))
            seq += 1
        self._signed[login] = (signed, seq)
        pushed = self.hub.push(signed.token, Push(protocol=PROTOCOL, envelopes=tuple(envelopes)))
        refused = [o for o in pushed.outcomes if o.kind is not OutcomeKind.ACCEPTED]
        if refused or len(pushed.outcomes) < len(messages):
            raise RuntimeError(f"the demo's hub did not take its first goods: {refused}")


def prepare(hub: HubProcess, *, applying: bool) -> None:
    """Make the hub's data. With `applying`, the first supplier still waits for the platform's approval."""
    hub.data.mkdir(parents=True, exist_ok=True)
    hub.command("init", "--name", HUB_NAME, "--admin", "admin")
    core = Hub(hub.data, inline=True)
    try:
        _people(core, applying=applying)
        seeder = Seeder(core)
        seeder.send("admin", SaveCategories(entries=_tree(core)))
        if applying:
            _apply(core, seeder)
        seeder.send("yuanda", ImportGoods(lines=tuple(_lines())))
        with core.database.read() as connection:
            waiting = RecordStore(connection).find(Product, state=ContentState.SUBMITTED)
        seeder.send("admin", ReviewGoods(products=tuple((p.id, p.row_version) for p in waiting), approve=True))
    finally:
        core.close()


def _people(core: Hub, *, applying: bool) -> None:
    ids = {o.name: o.id for o in parties.organisations(core)}
    for name, kind in (
        (SUPPLIER, PartyKind.SUPPLIER),
        (OTHER_SUPPLIER, PartyKind.SUPPLIER),
        (MERCHANT, PartyKind.MERCHANT),
        (OTHER_MERCHANT, PartyKind.MERCHANT),
    ):
        state = PartyState.DRAFT if applying and name == SUPPLIER else PartyState.APPROVED
        ids[name] = parties.add_organisation(core, kind, name, state, region="浙江省")
    for login, (organisation, role, name) in LOGINS.items():
        if login != "admin":
            parties.add_user(core, ids[organisation], role, login, name, PASSWORD)


def _apply(core: Hub, seeder: Seeder) -> None:
    form = Apply(
        name=SUPPLIER,
        licence_number="91330100MA2DEMO001",
        contact="林恒",
        phone="0571-88880000",
        region="浙江省杭州市",
        address="余杭区良渚街道 88 号 2 号仓",
        note="主营饮料、休闲食品与粮油，48 小时内发货",
    )
    papers = (("营业执照", "91330100MA2DEMO001"), ("食品经营许可证", "JY13301000000001"))
    expires = core.clock() + 3 * 365 * 24 * 3600 * 1000
    handed_in = [
        AddPaper(paper_id=core.new_id(), kind=kind, number=number, expires_at=expires, public=True)
        for kind, number in papers
    ]
    seeder.send("hengfeng", form, *handed_in)


def _tree(core: Hub) -> tuple[CategoryEntry, ...]:
    """The categories that the sample and the first goods name, as a tree."""
    entries: dict[str, CategoryEntry] = {}
    paths = [line.path for line in CATEGORIES] + [goods[2] for goods in OTHER_GOODS]
    for path in dict.fromkeys(paths):
        parent, names = "", path.split("/")
        for depth in range(len(names)):
            prefix = "/".join(names[: depth + 1])
            if prefix not in entries:
                name = names[depth]
                entries[prefix] = CategoryEntry(
                    id=core.new_id(), parent_id=parent, name_zh=name, name_en=ENGLISH[name], position=len(entries)
                )
            parent = entries[prefix].id
    return tuple(entries.values())


def _lines() -> list[GoodsLine]:
    return [
        GoodsLine(
            row=row,
            code=f"YD{row:04}",
            product_key=brand + title,
            title=brand + title,
            brand=brand,
            category=category,
            specs={"规格": size},
            unit="件",
            supply_price=cost * 100,
            dropship_price=dropship * 100,
            retail_price=retail * 100,
            stock=40 + 37 * row % 200,
        )
        for row, (title, brand, category, size, cost, dropship, retail) in enumerate(OTHER_GOODS, start=1)
    ]
