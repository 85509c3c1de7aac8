"""Categories proposed from titles and suppliers' own names, from nothing but the tree's names and earlier choices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2b_domain.taxonomy.proposal import Known, Proposer, parts_of

TREE = {
    "food": ("食品", "Food"),
    "food/drinks": ("饮料/饮品", "Beverages"),
    "food/drinks/water": ("饮用水", "Drinking water"),
    "food/drinks/coffee": ("咖啡", "Coffee"),
    "food/snacks": ("零食", "Snacks"),
    "food/snacks/chips": ("薯片", "Chips"),
    "food/bakery": ("饼干/曲奇", "Cookies & biscuits"),
    "food/meat": ("牛肉", "Beef"),
    "home": ("家居", "Home"),
    "home/kitchen": ("厨房工具", "Kitchen tools"),
    "home/kitchen/cutters": ("饼干/烘焙切压模具", "Cookie & baking cutters"),
    "home/care": ("卫生巾", "Sanitary pads"),
    "home/plants": ("室内与室外植物", "Indoor & outdoor plants"),
    "pets": ("宠物", "Pets"),
    "pets/snacks": ("零食", "Treats"),
}


def known() -> list[Known]:
    found = []
    for key in TREE:
        parts = key.split("/")
        found.append(Known(key, tuple(TREE["/".join(parts[: n + 1])] for n in range(len(parts)))))
    return found


@pytest.fixture(scope="module")
def proposer() -> Proposer:
    return Proposer(known())


@pytest.mark.parametrize(
    ("title", "text", "best", "sure"),
    [
        ("百岁山 饮用水 570ml", "", "food/drinks/water", False),
        ("百岁山 饮用水 570ml", "饮用水", "food/drinks/water", True),
        ("乐事青柠味薯片", "零食", "food/snacks/chips", False),
        ("Bottled drinking waters", "", "food/drinks/water", False),
        ("七度空间卫生巾4片", "", "home/care", False),
        ("章鱼味仙贝米饼", "饼干", "food/bakery", False),
        ("椰风橙汁汽水", "酒水 > 饮料", "food/drinks", False),
        ("无蔗糖沙琪玛", "食品 > 零食", "food/snacks", True),
        ("鸡胸肉冻干", "宠物 / 零食", "pets/snacks", False),
    ],
)
def test_the_best_one_is_proposed(proposer: Proposer, title: str, text: str, best: str, sure: bool) -> None:
    first, *_ = proposer.propose(title, text)
    assert first.category_id == best
    assert first.sure or not sure


def test_what_only_describes_is_no_sure_thing(proposer: Proposer) -> None:
    assert not any(p.sure for p in proposer.propose("康师傅香辣牛肉面"))
    assert not any(p.sure for p in proposer.propose("Round table", "Indoor"))


def test_nothing_is_proposed_for_nothing_known(proposer: Proposer) -> None:
    assert proposer.propose("BQ5448-119") == []
    assert proposer.propose("") == []


def test_what_was_chosen_before_counts_most() -> None:
    proposer = Proposer(known(), {"a01 喝的": "food/drinks/coffee", "旧": "gone"})
    [only] = proposer.propose("百岁山饮用水", "A01  喝的")
    assert (only.category_id, only.confidence, only.remembered) == ("food/drinks/coffee", 100, True)
    assert proposer.propose("百岁山饮用水", "旧")[0].category_id == "food/drinks/water"


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_gets_an_answer_and_always_the_same(title: str, text: str) -> None:
    one, other = Proposer(known()), Proposer(reversed(known()))
    found = one.propose(title, text)
    assert all(1 <= p.confidence <= 100 for p in found)
    assert len(found) <= 3
    again = other.propose(title, text)
    assert [p.confidence for p in again] == [p.confidence for p in found]


def test_parts_are_pairs_and_words() -> None:
    assert parts_of("矿泉水 500ml Boxes of berries") == ["矿泉", "泉水", "ml", "box", "berry"]
