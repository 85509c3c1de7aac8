"""Devices, tokens and what revoked devices had left, on the command line: device, token, quarantine."""

import argparse

import msgspec

from s2b_domain.wire import thaw
from s2b_hub import accounts, devices, quarantine, tokens
from s2b_hub.command_line import CannotError, command, device_id, group, opened, when
from s2b_hub.door import Batch
from s2b_hub.hub import Hub


def add_commands(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line."""
    held = group(nouns, "quarantine", "what revoked desktops had not sent: list, show, release, discard")
    listing = command(held, "list", _list_quarantine, "command id, device, state, when it was saved, author, what")
    listing.add_argument("--device", default="", metavar="ID", help="only of this device: its id or its code")
    listing.add_argument("--all", action="store_true", help="also what was decided already")
    showing = command(held, "show", _show_quarantine, "one command in full, as JSON")
    showing.add_argument("--command", dest="command_id", required=True, metavar="ID")
    for name, work, text in (
        ("release", _release_quarantine, "submit in their order, by the normal rules"),
        ("discard", _discard_quarantine, "set aside for good, with a reason"),
    ):
        deciding = command(held, name, work, text)
        which = deciding.add_mutually_exclusive_group(required=True)
        which.add_argument("--command", dest="command_id", default="", metavar="ID", help="one command")
        which.add_argument("--device", default="", metavar="ID", help="all that waits of a device: its id or its code")
        deciding.add_argument(
            "--by",
            required=True,
            metavar="LOGIN",
            help="who decides: the company's owner or manager, or a platform admin",
        )
        if name == "discard":
            deciding.add_argument("--reason", required=True)

    device = group(nouns, "device", "desktops: list, revoke, offline-days")
    command(device, "list", _list_devices, "code, id, organisation, state, name")
    patience = command(device, "offline-days", _set_offline_days, "how long desktops may go without contact")
    patience.add_argument("--days", type=int, required=True, metavar="N", help="after these a desktop locks itself")
    revoke = command(device, "revoke", _revoke_device, "end what a device may do")
    revoke.add_argument("--device", required=True, metavar="ID", help="its id or its code, such as D3")

    token = group(nouns, "token", "tokens of suppliers' own systems: issue, list, revoke")
    issue = command(token, "issue", _issue_token, "make a token and print it; it is never shown again")
    issue.add_argument("--org", required=True, metavar="ID", help="the supplier, as `org list` shows it")
    issue.add_argument("--name", required=True, help="which system it is for")
    issue.add_argument("--scope", choices=tokens.SCOPES, default="stock", help="what it is good for")
    command(token, "list", _list_tokens, "id, organisation, scope, state, name")
    revoke = command(token, "revoke", _revoke_token, "end a token at once")
    revoke.add_argument("--token", required=True, metavar="ID", help="as `token list` shows it")


def _list_devices(options: argparse.Namespace) -> None:
    with opened(options) as hub, hub.database.read() as connection:
        for d in devices.devices(connection):
            state = "active" if d.revoked_at is None else "revoked"
            print(d.code, d.id, d.organisation_id, state, d.name, sep="\t")


def _revoke_device(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        named = device_id(hub, options.device)
        if not hub.write(lambda batch: devices.revoke(batch, named)):
            raise CannotError("there is no such device, or it is revoked already")


def _set_offline_days(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        hub.write(lambda batch: devices.set_offline_days(batch.connection, options.days))


def _issue_token(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        print(hub.issue_token(options.org, options.name, options.scope))


def _list_tokens(options: argparse.Namespace) -> None:
    with opened(options) as hub, hub.database.read() as connection:
        for t in tokens.tokens(connection):
            state = "active" if t.revoked_at is None else "revoked"
            print(t.id, t.organisation_id, t.scope, state, t.name, sep="\t")


def _revoke_token(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        if not hub.revoke_token(options.token):
            raise CannotError("there is no such token, or it is revoked already")


def _list_quarantine(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        wanted = device_id(hub, options.device)
        with hub.database.read() as connection:
            codes = {d.id: d.code for d in devices.devices(connection)}
            for i in quarantine.items(connection, wanted, state="" if options.all else quarantine.Held.WAITING):
                author = accounts.user_by_id(connection, i.actor_id)
                who = author.login if author else i.actor_id
                print(
                    i.command_id,
                    codes.get(i.device_id, i.device_id),
                    i.state,
                    when(i.created_at),
                    who,
                    i.name,
                    sep="\t",
                )


def _show_quarantine(options: argparse.Namespace) -> None:
    with opened(options) as hub, hub.database.read() as connection:
        item = next((i for i in quarantine.items(connection) if i.command_id == options.command_id), None)
        if item is None:
            raise CannotError("there is no such command in quarantine")
        body = thaw(item.body)
        facts = msgspec.structs.asdict(item) | {
            "body": {"payload": msgspec.msgpack.decode(body.payload), "client_time": body.client_time},
            "depends_on": body.depends_on,
            "supersedes": body.supersedes,
        }
        print(msgspec.json.format(msgspec.json.encode(facts)).decode())


def _chosen(hub: Hub, options: argparse.Namespace) -> tuple[list[quarantine.Item], accounts.User]:
    with hub.database.read() as connection:
        waiting = quarantine.items(connection, state=quarantine.Held.WAITING)
        wanted = device_id(hub, options.device) if options.device else ""
        found = [i for i in waiting if options.command_id == i.command_id or wanted == i.device_id]
        if not found:
            raise CannotError("nothing of that waits in quarantine")
        try:
            return found, quarantine.decider(connection, options.by, found[0].device_id)
        except quarantine.NotAllowed as error:
            raise CannotError(f"{options.by} may not decide about this company's entries") from error


def _release_quarantine(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        found, by = _chosen(hub, options)
        for item in found:
            release = quarantine.Release(item.command_id, by)
            hub.door.submit(release)
            try:
                outcome = release.answer.result()
            except quarantine.NotAllowed as error:
                raise CannotError(
                    f"neither the author nor {by.login} may do {item.name}; it goes on waiting"
                ) from error
            print(item.command_id, outcome.kind.value if outcome else "sent", outcome.code if outcome else "", sep="\t")


def _discard_quarantine(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        if not options.reason.strip():
            raise CannotError("a reason must not be empty")
        found, by = _chosen(hub, options)

        def discard(batch: Batch) -> None:
            for item in found:
                quarantine.mark(batch, item.command_id, quarantine.Held.DISCARDED, by.login, options.reason.strip())

        hub.write(discard)
        print(len(found))
