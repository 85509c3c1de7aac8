"""Tags by rule, coupons that are taken back, and campaigns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from s2b_domain.commands.campaigns import MarkTold, StartCampaign
from s2b_domain.commands.coupons import IssueCoupons, SaveTemplate, SetTemplateState, VoidCoupons
from s2b_domain.commands.members import (
    ApplyLevels,
    ApplyTagRule,
    LevelEntry,
    MergeMembers,
    RemoveTag,
    SaveLevels,
    SaveMember,
    SaveTag,
    TagMembers,
)
from s2b_domain.commands.promotions import SavePromotion, SetPromotionState
from s2b_domain.errors import Refused
from s2b_domain.ids import derived_id
from s2b_domain.records.campaign import Campaign, CampaignKind
from s2b_domain.records.member import Member, MemberHabit, MemberTag, Tag, TagRule
from s2b_domain.records.promotion import Coupon, CouponState, PromotionState, TemplateState, Validity
from s2b_domain.rules.pricing import Audience, CouponTerms, PromotionKind, Step, Terms
from s2b_domain.rules.tags import DAY, Bought, TagTest, fits, path_of
from tests.domain.books import Books

bought = st.builds(
    Bought,
    path=st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(path_of),
    orders=st.integers(0, 9),
    spent=st.integers(0, 1000),
    last_at=st.integers(0, 100 * DAY),
)
tests = st.builds(
    TagTest,
    category_ids=st.lists(st.sampled_from("abc"), max_size=2, unique=True).map(tuple),
    min_spent=st.integers(0, 1000),
    min_orders=st.integers(0, 9),
    within_days=st.integers(0, 90),
)


@given(tests, st.lists(bought, max_size=4), bought)
def test_who_buys_more_keeps_a_tag_that_asks_for_no_idleness(test: TagTest, had: list[Bought], more: Bought) -> None:
    now = 100 * DAY
    if fits(test, had, now, now):
        assert fits(test, [*had, more], now, now)


def test_lately_and_long_ago() -> None:
    baby = [Bought(path, 2, 300, 10 * DAY) for path in (("milk", "baby", ""), ("baby", ""), ("",))]
    assert fits(TagTest(category_ids=("baby",), within_days=5), baby, 10 * DAY, 15 * DAY)
    assert not fits(TagTest(category_ids=("baby",), within_days=5), baby, 10 * DAY, 16 * DAY)
    assert fits(TagTest(idle_days=30), baby, 10 * DAY, 40 * DAY)
    assert not fits(TagTest(idle_days=30), baby, 10 * DAY, 40 * DAY - 1)
    both = TagTest(category_ids=("baby", "milk"), min_spent=301)
    assert not fits(both, baby, 10 * DAY, 15 * DAY), "a category holds those below it: nothing is counted twice"
    assert not fits(TagTest(min_orders=0, idle_days=30), [], None, 40 * DAY), "who never came is not one who left"


@pytest.fixture
def people(books: Books) -> list[Member]:
    for name in ("王", "李", "张"):
        books.do(books.chenguang, SaveMember(member_id=books.id(), name=name, phone=name))
    found = books.store.find(Member)
    habit = MemberHabit(
        id=derived_id(found[0].id, "habit", ""),
        merchant_id=found[0].merchant_id,
        member_id=found[0].id,
        category_id="",
        orders=3,
        spent=900,
        last_at=books.now,
    )
    books.write(habit)
    return found


def tagged(books: Books) -> dict[str, bool]:
    return {t.member_id: bool(t.rule_id) for t in books.store.find(MemberTag)}


def test_a_tag_goes_with_its_rule_but_not_while_an_offer_is_for_it(books: Books, people: list[Member]) -> None:
    tag, promotion, template = books.id(), books.id(), books.id()
    books.do(books.chenguang, SaveTag(tag_id=tag, name="常客", test=TagTest(min_spent=500)))
    books.do(books.chenguang, TagMembers(tag_id=tag, member_ids=tuple(m.id for m in people)))
    mine = Audience(tag_ids=(tag,))
    terms = Terms(kind=PromotionKind.TIERED_REDUCTION, steps=(Step(1000, 200),), audience=mine)
    books.do(
        books.chenguang,
        SavePromotion(promotion_id=promotion, name="常客日", terms=terms, starts_at=books.now, schedule=True),
    )
    given = CouponTerms(value=300, audience=mine)
    books.do(books.chenguang, SaveTemplate(template_id=template, name="常客券", terms=given, validity=Validity()))
    with pytest.raises(Refused, match="tag_in_use") as refused:
        books.do(books.chenguang, RemoveTag(tag_id=tag))
    assert refused.value.params["offers"] == ["常客日", "常客券"]
    books.do(books.chenguang, SetPromotionState(promotion_id=promotion, state=PromotionState.ENDED))
    books.do(books.chenguang, SetTemplateState(template_id=template, state=TemplateState.CLOSED))
    with pytest.raises(Refused, match="not_yours"):
        books.do(books.xiaoman, RemoveTag(tag_id=tag))
    books.do(books.chenguang, RemoveTag(tag_id=tag))
    assert [books.store.find(cls) for cls in (Tag, TagRule, MemberTag)] == [[], [], []]


def test_a_rule_gives_and_takes_its_own_tags_only(books: Books, people: list[Member]) -> None:
    wang, li, zhang = (m.id for m in people)
    tag = books.id()
    books.do(books.chenguang, SaveTag(tag_id=tag, name="常客", test=TagTest(min_spent=500)))
    books.do(books.chenguang, TagMembers(tag_id=tag, member_ids=(li,)))
    everybody = ApplyTagRule(tag_id=tag, member_ids=(wang, li, zhang))
    books.do(books.chenguang, everybody)
    assert tagged(books) == {wang: True, li: False}
    books.do(books.chenguang, SaveTag(tag_id=tag, name="常客", test=TagTest(min_spent=5000)))
    books.do(books.chenguang, everybody)
    assert tagged(books) == {li: False}
    books.do(books.chenguang, SaveTag(tag_id=tag, name="常客"))
    with pytest.raises(Refused, match="not_found"):
        books.do(books.chenguang, everybody)
    with pytest.raises(Refused):
        books.do(books.xiaoman, everybody)


def template(books: Books, per_person: int | None = None) -> str:
    id_ = books.id()
    terms, validity = CouponTerms(value=100), Validity(days=7)
    books.do(
        books.chenguang,
        SaveTemplate(template_id=id_, name="券", terms=terms, validity=validity, activate=True, per_person=per_person),
    )
    return id_


def test_a_coupon_is_taken_back_once_and_may_be_given_again(books: Books, people: list[Member]) -> None:
    give = IssueCoupons(template_id=template(books, per_person=1), member_ids=(people[0].id,))
    books.do(books.chenguang, give)
    [coupon] = books.store.find(Coupon)
    void = VoidCoupons(coupon_ids=(coupon.id,), reason="发错")
    with pytest.raises(Refused, match="not_yours"):
        books.do(books.xiaoman, void)
    with pytest.raises(Refused, match="reason_required"):
        books.do(books.chenguang, VoidCoupons(coupon_ids=(coupon.id,), reason=" "))
    books.do(books.chenguang, void)
    assert books.store.find(Coupon)[0].state is CouponState.VOID
    with pytest.raises(Refused, match="state_changed"):
        books.do(books.chenguang, void)
    books.do(books.chenguang, give)
    assert sorted(c.state for c in books.store.find(Coupon)) == [CouponState.AVAILABLE, CouponState.VOID]


def test_a_campaign_gives_its_coupons_and_remembers_whom(books: Books, people: list[Member]) -> None:
    wang, li, zhang = (m.id for m in people)
    id_, coupons = books.id(), template(books, per_person=1)
    books.do(books.chenguang, IssueCoupons(template_id=coupons, member_ids=(zhang,)))
    start = StartCampaign(campaign_id=id_, name="周末", text="满减", template_id=coupons, member_ids=(wang, li, zhang))
    assert books.do(books.chenguang, start) == {"receivers": 2}
    [kept] = books.store.find(Campaign)
    assert (kept.kind, kept.member_ids) == (CampaignKind.COUPON, (wang, li))
    assert len(books.store.find(Coupon)) == 3
    with pytest.raises(Refused, match="id_taken"):
        books.do(books.chenguang, start)
    with pytest.raises(Refused, match="not_yours"):
        books.do(books.xiaoman, MarkTold(campaign_id=id_))
    books.do(books.chenguang, MarkTold(campaign_id=id_))
    told = books.store.find(Campaign)[0].told_at
    books.do(books.chenguang, MarkTold(campaign_id=id_))
    assert books.store.find(Campaign)[0].told_at == told == books.now - 1000


def test_a_notice_without_words_or_people_is_refused(books: Books, people: list[Member]) -> None:
    wang, li, _ = (m.id for m in people)
    with pytest.raises(Refused, match="field_required"):
        books.do(books.chenguang, StartCampaign(campaign_id=books.id(), name="上新", text=" ", member_ids=(wang,)))
    with pytest.raises(Refused, match="nobody_to_give"):
        books.do(books.chenguang, StartCampaign(campaign_id=books.id(), name="上新", text="到店"))
    books.do(books.chenguang, MergeMembers(member_id=li, other_id=wang))
    with pytest.raises(Refused, match="nobody_to_give"):
        books.do(books.chenguang, StartCampaign(campaign_id=books.id(), name="上新", text="到店", member_ids=(wang,)))


def test_levels_are_applied_to_who_is_a_member_already_and_can_go_again(books: Books, people: list[Member]) -> None:
    wang, li, zhang = (m.id for m in people)
    books.write(people[0].with_(spent=5000))
    plain, silver = (LevelEntry(id=books.id(), name=n, rank=r, min_spent=r * 1000) for r, n in enumerate(("普", "银")))
    books.do(books.chenguang, SaveLevels(levels=(plain, silver)))
    levels = {plain.id: "普", silver.id: "银", "": ""}

    def standing() -> list[str]:
        return [levels[m.level_id] for m in books.store.find(Member)]

    assert standing() == ["", "", ""]
    everybody = ApplyLevels(member_ids=(wang, li, zhang, "f" * 32))
    books.do(books.chenguang, everybody)
    assert standing() == ["银", "普", "普"]
    books.do(books.chenguang, SaveMember(member_id=zhang, name="张", phone="张", level_id=silver.id, fixed=True))
    books.do(books.chenguang, MergeMembers(member_id=li, other_id=zhang))
    by_hand = replace(silver, min_spent=None)
    books.do(books.chenguang, SaveLevels(levels=(plain, by_hand)))
    with pytest.raises(Refused, match="level_in_use"):
        books.do(books.chenguang, SaveLevels(levels=(plain,)))
    books.do(books.chenguang, everybody)
    books.do(books.chenguang, SaveLevels(levels=(plain,)))
    assert standing() == ["普", "普", ""]
