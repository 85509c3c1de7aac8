"""What the platform does at the hub itself: it changes who is granted what."""

from __future__ import annotations

import random

from sqlalchemy import update

from s2b_domain.commands.parties import Decide
from s2b_domain.records.catalog import STANDARD_LEVEL
from s2b_domain.records.party import Organisation, PartyKind, TradeTerms
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.tx import Tx
from s2b_hub import quarantine, tables
from s2b_hub.accounts import user_by_login
from s2b_hub.deeds import OPERATOR
from s2b_hub.door import Batch
from s2b_hub.parties import disable_user
from tests.hub.world import LOGINS, World

LEVELS = (STANDARD_LEVEL, "vip")


def change_what_is_granted(world: World, chance: random.Random) -> str:
    """Suspend or reinstate an organisation, disable or enable a user, or give a merchant another price level."""
    if chance.random() < 0.15:
        return _disable_or_enable(world, chance)
    parties = [o for o in world.rows(Organisation) if o.kind is not PartyKind.PLATFORM]
    if chance.random() < 0.3:
        return _agree(world, chance, parties)
    chosen = chance.choice(parties)
    # A company that stays suspended does nothing: let most be reinstated soon.
    suspended = [o for o in parties if o.state is PartyState.SUSPENDED]
    if suspended and chance.random() < 0.7:
        chosen = chance.choice(suspended)
    state = PartyState.APPROVED if chosen.state is PartyState.SUSPENDED else PartyState.SUSPENDED
    world.desk("admin").send(Decide(organisation_id=chosen.id, state=state, reasons=("证照",)))
    return f"{chosen.kind.value.lower()} {state.value.lower()}"


def _agree(world: World, chance: random.Random, parties: list[Organisation]) -> str:
    supplier = chance.choice([o for o in parties if o.kind is PartyKind.SUPPLIER])
    merchant = chance.choice([o for o in parties if o.kind is PartyKind.MERCHANT])
    level = chance.choice(LEVELS)
    command_id = world.id()

    def work(batch: Batch) -> None:
        tx = Tx(batch.draft, actor=OPERATOR, command_id=command_id, device_id="", time=batch.time)
        known = tx.find(TradeTerms, supplier_id=supplier.id, merchant_id=merchant.id)
        terms = (
            known[0]
            if known
            else TradeTerms(id=tx.id("terms"), supplier_id=supplier.id, merchant_id=merchant.id, level=level)
        )
        tx.put(terms.with_(level=level))
        batch.accept(tx)

    world.hub.write(work)
    return "price level"


def _disable_or_enable(world: World, chance: random.Random) -> str:
    login = chance.choice([login for login in LOGINS if login != "admin"])
    with world.hub.database.read() as connection:
        user = user_by_login(connection, login)
    if user is None or user.disabled:
        enable_everybody(world)
        return "users enabled"
    disable_user(world.hub, login)
    return "user disabled"


def decide_what_is_held(world: World, chance: random.Random) -> str:
    """Release or discard something that a revoked device had not sent."""
    with world.hub.database.read() as connection:
        waiting = quarantine.items(connection, state=quarantine.Held.WAITING)
        if not waiting:
            return "nothing held"
        item = chance.choice(waiting)
        by = quarantine.decider(connection, "admin", item.device_id)
    if chance.random() < 0.2:
        world.hub.write(
            lambda batch: quarantine.mark(batch, item.command_id, quarantine.Held.DISCARDED, by.login, "旧的")
        )
        return "held: discarded"
    release = quarantine.Release(item.command_id, by)
    world.hub.door.submit(release)
    try:
        outcome = release.answer.result()
    except quarantine.NotAllowed:
        return "held: not allowed"
    return f"held: {outcome.kind.value if outcome else 'sent'}"


def enable_everybody(world: World) -> None:
    """Nobody is disabled any more; sessions that ended with it stay ended."""
    world.hub.write(lambda batch: batch.connection.execute(update(tables.user).values(disabled=False)))
