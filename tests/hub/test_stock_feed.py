"""A supplier's own stock system at `POST /api/stock`: tokens, full and delta feeds, idempotency keys, limits."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests

from s2b_domain.commands.goods import GoodsLine, ImportGoods
from s2b_domain.commands.orders import PlaceOrder
from s2b_domain.records.catalog import Sku
from s2b_domain.records.stock import Availability, Movement, Stock
from s2b_domain.rules.units import Unit
from s2b_domain.wire import OutcomeKind
from s2b_hub import tokens
from s2b_hub.answers import KEEP, PER_MINUTE
from s2b_hub.cli import main
from s2b_hub.stock_messages import CODES, MAX_FEED, FeedError
from tests.hub.test_server import Client, served
from tests.hub.world import World

__all__ = ["served"]
ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("server.py", "stock_feed.py", "stock_messages.py", "answers.py")


def issued(world: World, supplier: str = "hengfeng") -> str:
    return world.hub.issue_token(world.organisation(supplier), "ERP", "stock")


def feed(world: World, token: str, key: str, **body: Any) -> dict[str, Any]:
    answer, _ = world.hub.feed_stock(token, key, json.dumps(body).encode())
    found: dict[str, Any] = json.loads(answer)
    return found


def on_hand(world: World, code: str) -> int:
    (sku,) = world.rows(Sku, code=code)
    return sum(s.on_hand for s in world.rows(Stock, sku_id=sku.id))


def refused(world: World, token: str, key: str, body: bytes) -> tuple[int, str]:
    with pytest.raises(FeedError) as error:
        world.hub.feed_stock(token, key, body)
    return error.value.status, error.value.code


def test_a_delta_feed_answers_line_by_line_and_reaches_desktops(world: World) -> None:
    token, desk = issued(world), world.desk("hengfeng")
    desk.pull()
    before = on_hand(world, "HF-1")
    answer = feed(
        world,
        token,
        "1",
        lines=[
            {"sku": "HF-1", "quantity": before + 5},
            {"sku": "HF-2", "quantity": "1.5"},
            {"sku": "nobody", "quantity": 1},
            {"sku": "YD-1", "quantity": 1},
            {"sku": "HF-1", "quantity": 2},
            {"sku": "HF-3", "quantity": -1},
            {"sku": "HF-3", "quantity": 9, "lot": "L1", "expires": "2027-02-30"},
            {"sku": "HF-3", "quantity": 9, "lot": "L1", "expires": "1969-12-31"},
            {"sku": "HF-3", "quantity": "1e9999999999"},
            {"sku": "HF-3", "quantity": 9, "lot": "L" * 101},
            {"sku": "HF-3", "quantity": 9, "lot": "L1", "expires": "2027-02-28"},
        ],
    )
    said = [(line["result"], line.get("code", "")) for line in answer["lines"]]
    assert said == [
        ("changed", ""),
        ("refused", "quantity_wrong"),
        ("refused", "unknown_sku"),
        ("refused", "unknown_sku"),
        ("refused", "repeated"),
        ("refused", "quantity_wrong"),
        ("refused", "expires_wrong"),
        ("refused", "expires_wrong"),
        ("refused", "quantity_wrong"),
        ("refused", "lot_wrong"),
        ("changed", ""),
    ]
    assert (answer["changed"], answer["refused"], answer["zeroed"]) == (2, 9, 0)
    assert answer["lines"][0] == {
        "line": 1, "sku": "HF-1", "result": "changed", "before": str(before), "after": str(before + 5),
    }  # fmt: skip
    assert all(line["message"] == CODES[line["code"]] for line in answer["lines"] if line.get("code"))
    desk.pull()
    (sku,) = world.rows(Sku, code="HF-1")
    (row,) = world.rows(Availability, id=sku.id)
    assert desk.rows["availability", sku.id] == row.encode(row)
    assert world.rows(Movement, sku_id=sku.id)[-1].reason == "ERP"


def test_a_full_feed_empties_what_it_does_not_name_but_not_what_it_said_wrongly(world: World) -> None:
    token, rivals = issued(world), on_hand(world, "YD-1")
    kept = on_hand(world, "HF-2")
    assert kept > 0
    lines = [{"sku": "HF-1", "quantity": 7}, {"sku": "HF-2", "quantity": "many"}]
    answer = feed(world, token, "1", mode="full", lines=lines)
    assert (on_hand(world, "HF-1"), on_hand(world, "HF-2"), on_hand(world, "HF-3")) == (7, kept, 0)
    assert answer["zeroed"] == 1
    assert answer["lines"][-1]["line"] == 0
    assert on_hand(world, "YD-1") == rivals


def test_goods_are_known_by_each_of_their_barcodes(world: World) -> None:
    token, desk = issued(world), world.desk("hengfeng")
    desk.pull()
    desk.send(ImportGoods(lines=(GoodsLine(row=1, code="HF-1", barcodes=("4006381333931", "036000291452")),)))
    answer = feed(world, token, "1", mode="full", lines=[{"barcode": "036000291452", "quantity": 7}])
    assert [line["result"] for line in answer["lines"] if line["line"]] == ["changed"]
    assert on_hand(world, "HF-1") == 7


def test_adding_changes_by_as_much(world: World) -> None:
    before = on_hand(world, "HF-1")
    feed(world, issued(world), "1", kind="add", lines=[{"sku": "HF-1", "quantity": -2}])
    assert on_hand(world, "HF-1") == before - 2


def test_a_key_is_answered_once_and_again_after_a_restart(world: World) -> None:
    token = issued(world)
    body = json.dumps({"kind": "add", "lines": [{"sku": "HF-1", "quantity": 3}]}).encode()
    before = on_hand(world, "HF-1")
    first, repeated = world.hub.feed_stock(token, "k", body)
    world.restart()
    again = world.hub.feed_stock(token, "k", body)
    assert (repeated, again) == (False, (first, True))
    assert on_hand(world, "HF-1") == before + 3
    assert refused(world, token, "k", body.replace(b"3", b"4")) == (409, "key_reused")
    world.now += KEEP
    feed(world, token, "other", lines=[{"sku": "HF-2", "quantity": 1}])
    assert world.hub.feed_stock(token, "k", body)[1] is False  # forgotten after its time


@pytest.mark.parametrize(
    ("key", "body", "status", "code"),
    [
        ("", b"{}", 400, "key_missing"),
        ("k" * 101, b"{}", 400, "key_missing"),
        ("k", b"{", 400, "malformed"),
        ("k", b'{"lines": [{"sku": "HF-1", "quantity": null}]}', 400, "malformed"),
        ("k", b'{"lines": [{"sku": "HF-1", "quantity": true}]}', 400, "malformed"),
        ("k", b'{"mode": "all", "lines": [{"sku": "HF-1", "quantity": 1}]}', 400, "malformed"),
        ("k", b'{"mode": "full", "kind": "add", "lines": [{"sku": "HF-1", "quantity": 1}]}', 400, "malformed"),
        ("k", b'{"mode": "full", "lines": []}', 400, "feed_empty"),
        ("k", b'{"warehouse": "moon", "lines": [{"sku": "HF-1", "quantity": 1}]}', 422, "unknown_warehouse"),
        ("k", json.dumps({"lines": [{"quantity": 1}] * (MAX_FEED + 1)}).encode(), 413, "feed_too_long"),
    ],
)
def test_what_cannot_be_taken_as_a_whole_changes_nothing(
    world: World, key: str, body: bytes, status: int, code: str
) -> None:
    token, before = issued(world), world.everything()
    assert refused(world, token, key, body) == (status, code)
    assert world.everything() == before


def test_too_many_feeds_wait_and_repeats_do_not_count(world: World) -> None:
    token, line = issued(world), [{"sku": "HF-1", "quantity": 1}]
    for n in range(PER_MINUTE):
        feed(world, token, str(n), lines=line)
    feed(world, token, "0", lines=line)
    body = json.dumps({"lines": line}).encode()
    assert refused(world, token, "more", body) == (429, "too_many_requests")
    world.now += 60_000
    feed(world, token, "more", lines=line)


def test_tokens_are_issued_listed_and_revoked(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    data, org = ["--data", str(world.folder)], world.organisation("hengfeng")
    assert main(["token", "issue", *data, "--org", org, "--name", "用友"]) == 0
    secret = capsys.readouterr().out.strip()
    feed(world, secret, "1", lines=[{"sku": "HF-1", "quantity": 1}])
    assert main(["token", "list", *data]) == 0
    id_, *rest = capsys.readouterr().out.strip().split("\t")
    assert rest == [org, "stock", "active", "用友"]
    with world.hub.database.read() as connection:
        assert tokens.tokens(connection)[0].used_at == world.now
        assert not tokens.tokens(connection, "other")
    assert main(["token", "revoke", *data, "--token", id_]) == 0
    assert refused(world, secret, "2", b"{}") == (401, "token_wrong")
    assert main(["token", "revoke", *data, "--token", id_]) == 1
    assert main(["token", "issue", *data, "--org", world.organisation("chenguang"), "--name", "x"]) == 1
    assert "no such supplier" in capsys.readouterr().err


def test_a_feed_takes_no_promise_back_and_the_books_stay_exact(world: World) -> None:
    token = issued(world)
    order: PlaceOrder = world.order(("HF-2", 2))
    assert world.desk("chenguang").send(order).kind is OutcomeKind.ACCEPTED
    (sku,) = world.rows(Sku, code="HF-2")
    feed(world, token, "1", lines=[{"sku": "HF-2", "quantity": 10}])
    (stock,) = world.rows(Stock, sku_id=sku.id)
    assert (stock.on_hand, stock.reserved) == (10, 2)
    (promised,) = world.rows(Availability, id=sku.id)
    assert promised.available == 8


def test_over_https_it_is_plain_json(served: tuple[World, Client]) -> None:
    world, client = served
    token = issued(world)

    def post(body: object, **headers: str) -> requests.Response:
        return client.http.post(client.address + "/api/stock", json=body, headers=headers, timeout=20)

    line = {"lines": [{"sku": "HF-1", "quantity": 4}]}
    bearer = {"Authorization": f"Bearer {token}"}
    missing = post(line)
    assert (missing.status_code, missing.json()["error"]["code"]) == (401, "token_missing")
    wrong = post(line, Authorization="Bearer s2b_x", **{"Idempotency-Key": "1"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "token_wrong")
    good = post(line, **bearer, **{"Idempotency-Key": "1"})
    assert (good.status_code, good.headers["Content-Type"]) == (200, "application/json")
    assert good.json()["changed"] == 1
    again = post(line, **bearer, **{"Idempotency-Key": "1"})
    assert (again.json(), again.headers["Idempotent-Replay"]) == (good.json(), "true")
    huge = client.http.post(
        client.address + "/api/stock",
        data=b" " * ((4 << 20) + 1),
        headers={**bearer, "Idempotency-Key": "2"},
        timeout=20,
    )
    assert huge.status_code == 413


def test_the_document_names_every_code_with_its_status() -> None:
    document = (ROOT / "docs" / "stock-api.md").read_text("utf-8")
    code = "".join((ROOT / "s2b_hub" / f).read_text("utf-8") for f in SOURCES)
    made = {(name, int(status)) for status, name in re.findall(r'FeedError\(\s*(\d+), "(\w+)"', code)}
    table = document[document.index("| status | code |") :]
    told: set[tuple[str, int]] = set()
    for statuses, names in re.findall(r"^\| ([\d, ]+) \| (.+) \|$", table, flags=re.MULTILINE):
        several = statuses.split(",")
        codes = re.findall(r"`(\w+)`", names)
        told |= {(name, int(several[min(at, len(several) - 1)])) for at, name in enumerate(codes)}
    assert made | {("busy", 503)} == told
    assert set(CODES) <= set(re.findall(r"`(\w+)`", document))


def test_a_barcode_of_a_carton_counts_cartons(world: World) -> None:
    token, desk = issued(world), world.desk("hengfeng")
    desk.pull()
    line = GoodsLine(row=1, code="HF-1", barcodes=("4006381333931",), packages=(Unit("箱", 24, "16901234567892"),))
    desk.send(ImportGoods(lines=(line,)))
    answer = feed(world, token, "1", lines=[{"barcode": "16901234567892", "quantity": 5}])
    assert [(line["sku"], line["after"]) for line in answer["lines"]] == [("HF-1", "120")]
    feed(world, token, "2", kind="add", lines=[{"barcode": "16901234567892", "quantity": -1}])
    assert on_hand(world, "HF-1") == 96
    for key, quantity in (("3", 2.5), ("4", 10**11)):
        answer = feed(world, token, key, lines=[{"barcode": "16901234567892", "quantity": quantity}])
        assert [line["code"] for line in answer["lines"]] == ["quantity_wrong"]
    yours = issued(world, "yuanda")
    answer = feed(world, yours, "5", lines=[{"barcode": "16901234567892", "quantity": 1}])
    assert [line["code"] for line in answer["lines"]] == ["unknown_sku"]
