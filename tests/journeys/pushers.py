"""Several desktops' worth of orders, pushed at a hub that may go away at any moment.

Each answered command's id goes to a file at once; at the end all ids are printed as JSON.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

from s2b_desktop.sync.client import Client
from s2b_desktop.sync.transport import LineError
from s2b_domain.commands import pack
from s2b_domain.commands.orders import OrderItem, PlaceOrder
from s2b_domain.ids import make_id
from s2b_domain.records import RECORDS
from s2b_domain.rules.order_flow import OrderKind
from s2b_domain.wire import PROTOCOL, Body, Envelope, Pull, Push, Pushed, SignedIn, SignIn, freeze

BATCH = 3
PATIENCE = 80.0


class Pusher:
    """One desktop: signs in, and pushes orders until the hub has answered all of them."""

    def __init__(self, address: str, certificate: str, told: Path, login: str, password: str) -> None:
        self.client = Client(address, certificate)
        self.told = told
        self.until = time.monotonic() + PATIENCE
        self.signed: SignedIn = self.client.sign_in(SignIn(login=login, password=password, device_name="pusher"))

    def goods(self, nth: int) -> tuple[str, int]:
        """The id and price of some goods; another desktop takes others, so that there are enough."""
        cls = RECORDS["price"]
        pulled = self.client.pull(self.signed.token, Pull(protocol=PROTOCOL, cursors=()))
        [rows] = [rows.rows for rows in pulled.tables if rows.table == "price"]
        columns = list(cls.__struct_fields__)
        row = dict(zip(columns, sorted(rows)[nth], strict=True))
        return str(row["sku_id"]), int(row["supply_price"])

    def push_all(self, count: int, nth: int) -> list[str]:
        """Place `count` orders of the nth goods, some at a time, again and again until answered; their command ids."""
        sku_id, price = self.goods(nth)
        first = self.signed.next_seq
        bodies = [self._body(n, sku_id, price) for n in range(count)]
        envelopes = [Envelope(seq=first + n, body=freeze(body)) for n, body in enumerate(bodies)]
        at = 0
        while at < count:
            pushed = self._push(envelopes[at : at + BATCH])
            with self.told.open("a", encoding="utf-8") as file:
                file.write("".join(f"{outcome.command_id}\n" for outcome in pushed.outcomes))
            at = pushed.expected - first
        return [body.command_id for body in bodies]

    def _push(self, envelopes: list[Envelope]) -> Pushed:
        waited = threading.Event()
        while True:
            try:
                return self.client.push(self.signed.token, Push(protocol=PROTOCOL, envelopes=tuple(envelopes)))
            except LineError:
                if time.monotonic() > self.until:
                    raise
                waited.wait(0.02)

    def _body(self, n: int, sku_id: str, price: int) -> Body:
        now = time.time_ns() // 1_000_000
        item = OrderItem(sku_id=sku_id, quantity=1, price_seen=price)
        name, payload = pack(
            PlaceOrder(
                order_id=make_id(now, os.urandom(10)),
                number=f"{self.signed.device_code}-{n}",
                kind=OrderKind.PURCHASE,
                items=(item,),
                confirm=False,
            )
        )
        id_ = make_id(now, os.urandom(10))
        return Body(command_id=id_, actor_id=self.signed.actor.id, name=name, payload=payload, client_time=now)


def main() -> int:
    """address, certificate's file, file of answers, login, password, desktops, orders of each."""
    address, certificate, told, login, password, desks, each = sys.argv[1:]
    pem = Path(certificate).read_text()
    pushers = [Pusher(address, pem, Path(told), login, password) for _ in range(int(desks))]
    asked: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda p=p, n=n: asked.append(p.push_all(int(each), n))) for n, p in enumerate(pushers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps([id_ for ids in asked for id_ in ids]))
    return 0 if len(asked) == len(pushers) else 1


if __name__ == "__main__":
    sys.exit(main())
