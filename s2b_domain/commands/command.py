"""What a command is: a frozen message, the function that carries it out, and what both sides must know of it.

A released `name@version` is never removed or changed in meaning: outboxes out there may still hold it.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from s2b_domain.access import Actor, Permission
from s2b_domain.errors import Refused
from s2b_domain.ids import is_id
from s2b_domain.tx import Reader, Tx

MAX_PAYLOAD = 1 << 20
"""Bytes; a command that is larger never enters an outbox."""

Result = dict[str, int | str]


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of all payloads."""


C = TypeVar("C", bound=Command)
Run = Callable[[Tx, C], Result | None]
Touches = Callable[[Reader, Actor, C], Iterable[str]]


class Handler(msgspec.Struct, frozen=True):
    """How one released version of a command is carried out."""

    name: str
    message: type[Command]
    run: Callable[[Tx, Any], Result | None]
    touches: Callable[[Reader, Actor, Any], Iterable[str]]
    permission: Permission
    fact: bool


HANDLERS: dict[str, Handler] = {}
NAMES: dict[type[Command], str] = {}


def command(
    name: str, message: type[C], *, permission: Permission, touches: Touches[C], fact: bool = False
) -> Callable[[Run[C]], Run[C]]:
    """Register the function that carries out `message` as `name` ("noun.verb@version").

    An intent may be refused; a `fact` has happened and is booked in any case. `touches` names the scopes that the
    command will write, so that the hub can lock them before it runs.
    """

    def register(run: Run[C]) -> Run[C]:
        HANDLERS[name] = Handler(name, message, run, touches, permission, fact)
        NAMES[message] = name
        return run

    return register


def handler_of(name: str) -> Handler:
    """The handler of a released command; `Refused("unknown_command")` for one from a newer program."""
    if name not in HANDLERS:
        raise Refused("unknown_command", name=name)
    return HANDLERS[name]


_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def pack(message: Command) -> tuple[str, bytes]:
    """The name and payload bytes of a message; ValueError when it is larger than `MAX_PAYLOAD`."""
    payload = _encode(message)
    if len(payload) > MAX_PAYLOAD:
        raise ValueError("command too large")
    return NAMES[type(message)], payload


def unpack(name: str, payload: bytes) -> Command:
    """The message of a stored command; `Refused` when it is unknown, malformed or out of bounds."""
    if len(payload) > MAX_PAYLOAD:
        raise Refused("too_long", field="payload", most=MAX_PAYLOAD)
    try:
        return msgspec.msgpack.decode(payload, type=handler_of(name).message)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(name, str(error)) from error


_BOUND = re.compile(r"Expected `\w+` (of length <= (?P<most>\d+)|[<>]=|matching).* - at `(?P<path>.+)`$")


def _unreadable(name: str, detail: str) -> Refused:
    """Which field is out of bounds, if that is what msgspec says."""
    found = _BOUND.match(detail)
    if found is None:
        return Refused("malformed_command", name=name, detail=detail)
    field = re.findall(r"\.(\w+)", found["path"])[-1]
    if found["most"]:
        return Refused("too_long", field=field, most=int(found["most"]))
    return Refused("field_wrong", field=field)


def carry_out(tx: Tx, name: str, payload: bytes) -> Result:
    """Run a stored command: the one way in, on the desktop (predicting) and on the hub (deciding)."""
    handler = handler_of(name)
    if not is_id(tx.command_id):
        raise Refused("malformed_command", name=name, detail="command_id")
    message = _permitted(handler, tx.actor, payload)
    return handler.run(tx, message) or {}


def scopes_touched(reader: Reader, actor: Actor, name: str, payload: bytes) -> frozenset[str]:
    """The scopes that a stored command declares it will write; `Refused` where it would be refused at once."""
    handler = handler_of(name)
    return frozenset(handler.touches(reader, actor, _permitted(handler, actor, payload)))


def _permitted(handler: Handler, actor: Actor, payload: bytes) -> Command:
    message = unpack(handler.name, payload)
    if not actor.may(handler.permission):
        raise Refused("not_permitted", permission=handler.permission.value)
    return message
