"""运费模板 by the divisions that the program brings along: a province, a city and a district, each by its own name."""

from s2b_desktop.models.divisions import divisions
from s2b_domain.rules.pricing import Freight, FreightArea, area_of

ELSEWHERE = FreightArea(first_fee=1)


def test_the_most_specific_area_wins_at_every_place() -> None:
    known = divisions()
    areas = {code: FreightArea(regions=(known.text(code),), first_fee=int(code)) for code in known.places}
    for code in known.places:
        chain = [place.code for place in known.chain(code)]
        beside = [sibling.code for place in known.chain(code) for sibling in known.children(place.parent)]
        below = [place.code for place in known.children(code)]
        template = Freight(areas=(ELSEWHERE, *(areas[c] for c in (*below, *beside))))
        assert area_of(template, known.text(code)) == areas[code]
        without = Freight(areas=(*(areas[c] for c in (*below, *beside) if c != code), ELSEWHERE))
        expected = areas[chain[-2]] if len(chain) > 1 else ELSEWHERE
        assert area_of(without, known.text(code)) == expected


def test_a_province_by_its_short_name_holds_for_no_other() -> None:
    known = divisions()
    provinces = {
        place.code: FreightArea(regions=(place.short,), first_fee=int(place.code)) for place in known.children()
    }
    template = Freight(areas=(ELSEWHERE, *provinces.values()))
    for code in known.places:
        assert area_of(template, known.text(code)) == provinces[known.chain(code)[0].code]


def test_a_place_is_known_by_every_way_to_write_it() -> None:
    known = divisions()
    for text in ("浙江省杭州市", "浙江杭州", "杭州", "杭州市", "浙江省杭州"):
        assert {known.text(code) for code in known.named(text)} == {"浙江省杭州市"}
    assert {known.text(code) for code in known.named("吉林")} == {"吉林省"}
    assert {known.text(code) for code in known.named("吉林市")} == {"吉林省吉林市"}
    assert known.named("江浙沪") == frozenset()
    assert len(known.named("朝阳区")) > 1
    for code in known.places:
        assert known.named(known.text(code)) == {code}
