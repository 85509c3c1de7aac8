"""Performing effects: each is claimed, asked for outside of any transaction, and booked, so that a crash between two
of these steps costs a question and never a second payment. Nothing leaves while a restored hub is still recovering.
"""

import threading
from enum import StrEnum
from typing import Protocol

import msgspec

from s2b_domain.commands import carry_out, pack, scopes_touched
from s2b_domain.errors import DomainError, Refused
from s2b_domain.ids import derived_id
from s2b_domain.tx import Tx
from s2b_hub import effects, history, log
from s2b_hub.chores import clerk
from s2b_hub.database import is_transient
from s2b_hub.door import Batch, Job
from s2b_hub.effects import Effect, EffectState
from s2b_hub.hub import Hub
from s2b_hub.refunds import BY_KIND

INTERVAL = 5.0
"""Seconds between two looks whether something is to be done."""
LEASE = 120_000
"""Milliseconds for which a claimed effect is left to whoever claimed it; longer than any provider may take."""
LONGEST_WAIT = 3_600_000


class Told(StrEnum):
    """What a provider says of a key."""

    DONE = "done"
    DECLINED = "declined"
    UNDER_WAY = "under_way"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it, with the provider's reference and time (ms UTC), or its reason."""

    told: Told
    reference: str = ""
    reason: str = ""
    at: int = 0


class UnsureError(Exception):
    """The provider was not reached, or its answer was lost: nobody knows whether it was done."""


class Provider(Protocol):
    """A connection to somebody who moves money. Both methods may take up to a minute and raise `UnsureError`."""

    name: str
    methods: frozenset[str]

    def perform(self, effect: Effect) -> Answer:
        """Do it once for each `effect.key`, however often it is asked; a declined key may be tried again."""

    def find(self, key: str) -> Answer | None:
        """What became of a key; None where it was never asked for."""


class Booking(Job[str]):
    """Book what a provider said; the answer is the code with which the books refuse it, or ""."""

    def __init__(self, effect: Effect, answer: Answer) -> None:
        super().__init__()
        self._effect, self._answer = effect, answer
        booked = BY_KIND[effect.kind].booked(
            effect, paid=answer.told is Told.DONE, reference=answer.reference, reason=answer.reason
        )
        self._command = pack(booked) if booked is not None else None

    def scopes(self, batch: Batch) -> frozenset[str]:
        if self._command is None:
            return frozenset()
        try:
            return frozenset(scopes_touched(batch.draft, clerk(self._effect.organisation_id), *self._command))
        except Refused:
            return frozenset()

    def run(self, batch: Batch) -> str:
        effect, answer = self._effect, self._answer
        now = effects.one(batch.connection, effect.key)
        if now is None or now.state in (EffectState.CONFIRMED, EffectState.FAILED):
            return ""
        paid = answer.told is Told.DONE
        state = EffectState.CONFIRMED if paid else EffectState.FAILED
        code = self._book(batch)
        if code:
            state = EffectState.FAILED
        reason = code if code else answer.reason
        effects.change(batch.connection, effect.key, state=state, reference=answer.reference, reason=reason)
        return code

    def _book(self, batch: Batch) -> str:
        if self._command is None:
            return ""
        tx = Tx(
            batch.draft,
            actor=clerk(self._effect.organisation_id),
            command_id=derived_id(self._effect.key, self._answer.told.value),
            device_id="hub",
            time=min(self._answer.at or batch.time, batch.time),
        )
        try:
            carry_out(tx, *self._command)
        except DomainError as refusal:
            return refusal.code
        batch.accept(tx)
        return ""


def perform_due(hub: Hub) -> int:
    """Ask the providers for all that is due; how many were settled. Nothing while a restored hub is recovering."""
    with hub.database.read() as connection:
        if history.recovery(connection) is not None:
            return 0
        found = effects.due(connection, hub.clock())
    return sum(_perform(hub, effect.key) for effect in found)


def _perform(hub: Hub, key: str) -> bool:
    claimed = hub.write(lambda batch: _claim(batch, key))
    if claimed is None:
        return False
    provider = hub.providers.get(claimed.provider)
    if provider is None:
        return False  # its connection is missing now: nobody else may do it, for it may have been done
    try:
        answer = provider.find(key) if claimed.state is not EffectState.PENDING else None
        if answer is None:
            answer = provider.perform(claimed)
    except UnsureError as error:
        log.failure("effect.unsure", error, key=key, tries=claimed.tries + 1)
        return False
    if answer.told is Told.UNDER_WAY:
        return False
    booking = Booking(claimed, answer)
    hub.door.submit(booking)
    code = booking.answer.result()
    log.event("effect.settled", key=key, told=answer.told.value, code=code)
    return True


def _claim(batch: Batch, key: str) -> Effect | None:
    """Take it; as it was before, or None where somebody else has it, or nothing may leave."""
    effect = effects.one(batch.connection, key)
    if effect is None or effect.due_at > batch.time or history.recovery(batch.connection) is not None:
        return None
    if effect.state not in (EffectState.PENDING, EffectState.HELD, EffectState.SENT):
        return None
    wait = min(LEASE << min(effect.tries, 10), LONGEST_WAIT)
    effects.change(batch.connection, key, state=EffectState.SENT, tries=effect.tries + 1, due_at=batch.time + wait)
    return effect


def retry(hub: Hub, key: str) -> None:
    """Ask again for something that was declined, or hasten what waits; the provider knows what it did already by its
    key. `Refused("not_found")` for what is done, or to be done by hand."""

    def work(batch: Batch) -> None:
        effect = effects.one(batch.connection, key)
        if effect is None or effect.state is EffectState.CONFIRMED or effect.provider == effects.BY_HAND:
            raise Refused("not_found", kind="effect")
        state = EffectState.PENDING if effect.state is EffectState.FAILED else effect.state
        effects.change(batch.connection, key, state=state, due_at=0, reason="", reference="")

    hub.write(work)


class Outward:
    """A thread that performs what is due."""

    def __init__(self, hub: Hub, interval: float = INTERVAL) -> None:
        self._hub, self._interval = hub, interval
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-outward", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after what is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            try:
                perform_due(self._hub)
            except Exception as error:
                if not is_transient(error):
                    log.failure("outward.failed", error)
