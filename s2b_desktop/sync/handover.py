"""Reminding a restored hub of the receipts that it signed and no longer has, with the commands they decided."""

import logging
from collections.abc import Iterator

from s2b_desktop.models.outbox import Device, Entry, Outbox
from s2b_desktop.models.workspace import Workspace
from s2b_desktop.sync.transport import HubProblem, LineError, Transport
from s2b_domain import wire

log = logging.getLogger(__name__)
MAX_HANDED = 200
MAX_BYTES = 4 << 20


def hand_over(workspace: Workspace, transport: Transport) -> None:
    """Tell the hub all that it lacks; from then on this device belongs to the hub's present history."""
    device = workspace.device
    if device is None:
        return
    remembered = workspace.outbox.newest_order()
    answer = transport.hand_over(_request(device))
    undecided = workspace.outbox.undecided(expected=answer.expected)
    for run in _runs(workspace.outbox):
        transport.hand_over(_request(device, run))
    for start in range(0, len(undecided), MAX_HANDED):
        transport.hand_over(_request(device, undecided=tuple(undecided[start : start + MAX_HANDED])))
    workspace.learn_history(transport.hand_over(_request(device, remembered=remembered)).history)


def take_leave(workspace: Workspace, transport: Transport) -> None:
    """This device was revoked: what it remembers is handed over, for nobody else has it, and then nothing of the hub's
    can be read here any more. `LineError` where no hub answers, or one that needs time: then nothing is done yet."""
    try:
        hand_over(workspace, transport)
    except HubProblem as problem:
        if problem.passing:
            raise
        log.warning("the hub does not want what is remembered: %s", problem.code)
    except LineError:
        raise
    except Exception:
        log.exception("what is remembered cannot be read")
    workspace.revoke()


def _request(
    device: Device,
    run: list[wire.Handed] | None = None,
    undecided: tuple[int, ...] = (),
    *,
    remembered: int | None = None,
) -> wire.Handover:
    return wire.Handover(
        protocol=wire.PROTOCOL,
        hub_id=device.hub_id,
        device_id=device.device_id,
        device_secret=device.device_secret,
        card=device.card,
        history=device.history,
        handed=tuple(run or ()),
        undecided=undecided,
        complete=remembered is not None,
        remembered=remembered or 0,
    )


def _runs(outbox: Outbox) -> Iterator[list[wire.Handed]]:
    after = 0
    while entries := outbox.receipts(after=after, limit=MAX_HANDED):
        run: list[wire.Handed] = []
        size = 0
        for entry in entries:
            size += len(entry.body)
            if run and size > MAX_BYTES:
                break
            run.append(_handed(entry))
            after = entry.seq
        yield run


def _handed(entry: Entry) -> wire.Handed:
    assert entry.hint is not None
    return wire.Handed(seq=entry.seq, body=entry.body, outcome=entry.hint)
