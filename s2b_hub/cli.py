"""`s2b-hub`: make a hub, serve it, and set up organisations, people and devices."""

import argparse
import getpass
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from s2b_domain.access import ROLES_OF, Role
from s2b_domain.errors import Refused
from s2b_domain.records.party import PartyKind
from s2b_domain.rules.onboarding import PartyState
from s2b_domain.wire import thaw
from s2b_hub import accounts, certificate, devices, log, parties, quarantine, taxonomy, tokens, upkeep
from s2b_hub.backup import SERVING, BackupError
from s2b_hub.door import Batch
from s2b_hub.hub import Hub, HubDataError, milliseconds
from s2b_hub.journal import FILE as JOURNAL
from s2b_hub.journal import JournalError
from s2b_hub.location import FILE, SETTINGS, settle
from s2b_hub.problems import ProblemError
from s2b_hub.server import serve
from s2b_hub.turns import together

EXAMPLES = """\
a new hub, from nothing to the first supplier:
  s2b-hub init --data /srv/s2b --name "S2B" --admin admin
  s2b-hub org add --data /srv/s2b --kind supplier --name "华兴五金" --state approved
  s2b-hub user add --data /srv/s2b --org ID --role supplier_manager --login lihua --name "李华"
  s2b-hub serve --data /srv/s2b --host 0.0.0.0

org, user, device and token may be used while the hub serves. Passwords are asked for, or read from the first line of
--password-file (- is standard input). Exit codes: 0 done, 1 not done and said why, 2 wrong usage.
"""
_KINDS = {"supplier": PartyKind.SUPPLIER, "merchant": PartyKind.MERCHANT}
_STATES = {"draft": PartyState.DRAFT, "approved": PartyState.APPROVED}
_REASONS = {
    "login_taken": "this login is taken",
    "role_wrong": "{role} is no role of a {kind}",
    "not_found": "there is no such {kind}",
    "field_required": "{field} must not be empty",
    "field_wrong": "{field} is not possible here",
    "taxonomy_unknown": "this is neither a folder of Shopify's taxonomy nor a sheet with a column of paths",
    "taxonomy_damaged": "{file} cannot be read as a part of a taxonomy",
    "taxonomy_too_large": "this taxonomy is too large",
    "taxonomy_no_path": "row {row} has no path",
    "taxonomy_levels": "row {row}: the two paths have different levels",
    "taxonomy_cell": "row {row}: {value} is not possible as {column}",
    "category_loop": "a category would stand below itself",
    "category_retired": "a category would stand below a retired one",
    "busy": "the database is busy or cannot be written; try again",
}


class _CannotError(Exception):
    """What was asked for cannot be done; the text says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int | None] = options.command
    try:
        return command(options) or 0
    except (_CannotError, BackupError, JournalError, HubDataError, OSError, ValueError) as error:
        return _sorry(str(error))
    except Refused as refused:
        return _sorry(_REASONS.get(refused.code, refused.code).format(**refused.params))
    except ProblemError as error:
        return _sorry(_REASONS.get(error.problem.code, error.problem.code))
    except KeyboardInterrupt:
        return _sorry("stopped; nothing was changed")


def _sorry(text: str) -> int:
    print(f"s2b-hub: {text}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("s2b-hub", description=__doc__, epilog=EXAMPLES, formatter_class=shape)
    nouns = parser.add_subparsers(required=True, metavar="COMMAND")

    init = _command(nouns, "init", _init, "make a hub: data folder, certificate, first platform user")
    init.add_argument("--name", required=True, help="what people see as the hub's name")
    init.add_argument("--admin", required=True, metavar="LOGIN", help="login of the first platform admin")
    init.add_argument("--host", action="append", default=[], help="a host name or address of this hub; repeatable")
    _password_option(init)

    serving = _command(nouns, "serve", _serve, "answer desktops until SIGTERM or Ctrl+C")
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serving.add_argument("--port", type=int, default=8443, help="0 takes a free one (default: %(default)s)")
    serving.add_argument("--no-tls", action="store_true", help="only behind a proxy that does TLS")
    serving.add_argument("--ready-file", type=Path, metavar="FILE", help="write address and fingerprint as JSON")

    org = _group(nouns, "org", "organisations: add, list, terms")
    adding = _command(org, "add", _add_organisation, "add a supplier or merchant and print its id")
    adding.add_argument("--kind", choices=_KINDS, required=True)
    adding.add_argument("--name", required=True)
    adding.add_argument("--state", choices=_STATES, default="draft", help="draft applies from its desktop")
    adding.add_argument("--region", default="")
    adding.add_argument(
        "--commission-bp",
        type=int,
        default=parties.COMMISSION_BP,
        metavar="N",
        help="a supplier's commission in 1/100 of a percent (default: %(default)s)",
    )
    _command(org, "list", _list_organisations, "id, kind, state, name")
    terms = _command(org, "terms", _set_terms, "change a supplier's commission from now on")
    terms.add_argument("--org", required=True, metavar="ID")
    terms.add_argument("--commission-bp", type=int, required=True, metavar="N")

    user = _group(nouns, "user", "accounts: add, password, disable, list")
    adding = _command(user, "add", _add_user, "add a person's account and print its id")
    adding.add_argument("--org", required=True, metavar="ID", help="as `org list` shows it")
    adding.add_argument("--role", required=True, choices=[r.value for r in Role], metavar="ROLE", help=_roles())
    adding.add_argument("--login", required=True)
    adding.add_argument("--name", required=True)
    _password_option(adding)
    password = _command(user, "password", _set_password, "set a password and sign the user out everywhere")
    password.add_argument("--login", required=True)
    _password_option(password)
    disable = _command(user, "disable", _disable_user, "end an account at once")
    disable.add_argument("--login", required=True)
    _command(user, "list", _list_users, "id, organisation, role, state, login, name")

    tree = _group(nouns, "taxonomy", "the category tree: import, export")
    importing = _command(tree, "import", _import_taxonomy, "take over a tree from a folder of Shopify's or a sheet")
    importing.add_argument("source", type=Path, help="the folder of Shopify's taxonomy, or a csv or xlsx sheet")
    importing.add_argument("--dry-run", action="store_true", help="only say what would change")
    exporting = _command(tree, "export", _export_taxonomy, "write the tree as a CSV that can be imported again")
    exporting.add_argument("target", type=Path, help="the CSV to write")

    held = _group(nouns, "quarantine", "what revoked desktops had not sent: list, show, release, discard")
    listing = _command(held, "list", _list_quarantine, "command id, device, state, when it was saved, author, what")
    listing.add_argument("--device", default="", metavar="ID", help="only of this device: its id or its code")
    listing.add_argument("--all", action="store_true", help="also what was decided already")
    showing = _command(held, "show", _show_quarantine, "one command in full, as JSON")
    showing.add_argument("--command", dest="command_id", required=True, metavar="ID")
    for name, command, text in (
        ("release", _release_quarantine, "submit in their order, by the normal rules"),
        ("discard", _discard_quarantine, "set aside for good, with a reason"),
    ):
        deciding = _command(held, name, command, text)
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

    device = _group(nouns, "device", "desktops: list, revoke, offline-days")
    _command(device, "list", _list_devices, "code, id, organisation, state, name")
    patience = _command(device, "offline-days", _set_offline_days, "how long desktops may go without contact")
    patience.add_argument("--days", type=int, required=True, metavar="N", help="after these a desktop locks itself")
    revoke = _command(device, "revoke", _revoke_device, "end what a device may do")
    revoke.add_argument("--device", required=True, metavar="ID", help="its id or its code, such as D3")

    token = _group(nouns, "token", "tokens of suppliers' own systems: issue, list, revoke")
    issue = _command(token, "issue", _issue_token, "make a token and print it; it is never shown again")
    issue.add_argument("--org", required=True, metavar="ID", help="the supplier, as `org list` shows it")
    issue.add_argument("--name", required=True, help="which system it is for")
    issue.add_argument("--scope", choices=tokens.SCOPES, default="stock", help="what it is good for")
    _command(token, "list", _list_tokens, "id, organisation, scope, state, name")
    revoke = _command(token, "revoke", _revoke_token, "end a token at once")
    revoke.add_argument("--token", required=True, metavar="ID", help="as `token list` shows it")
    upkeep.add_commands(nouns, _command)
    return parser


def _command(
    group: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    command: Callable[[argparse.Namespace], int | None],
    text: str,
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=text, description=text)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the hub's data folder")
    parser.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="postgresql://user@host/name instead of a SQLite file in the folder; `init` remembers it there",
    )
    parser.set_defaults(command=command)
    return parser


def _group(
    nouns: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    return nouns.add_parser(name, help=text, description=text).add_subparsers(required=True, metavar="COMMAND")


def _password_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--password-file", metavar="FILE", help="first line is the password; - is standard input")


def _roles() -> str:
    return "; ".join(
        f"{kind.value.lower()}: {', '.join(sorted(r.value for r in roles))}" for kind, roles in ROLES_OF.items()
    )


def _password(options: argparse.Namespace) -> str:
    if options.password_file == "-":
        return sys.stdin.readline().rstrip("\r\n")
    if options.password_file:
        return (Path(options.password_file).read_text("utf-8").splitlines() or [""])[0]
    if not sys.stdin.isatty():
        raise _CannotError("no terminal to ask for the password; use --password-file")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise _CannotError("the two passwords differ")
    return first


def _opened(options: argparse.Namespace) -> closing[Hub]:
    return closing(Hub(options.data, inline=True, database=options.database))


def _init(options: argparse.Namespace) -> None:
    """What makes the folder a hub comes last: an interrupted `init` can simply be repeated."""
    password = _password(options)
    accounts.Passwords.check(password)
    folder: Path = options.data
    if (folder / FILE).exists():
        raise _CannotError(f"{folder} holds a hub already")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = folder / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    Hub.create(unfinished, options.name, database=options.database)
    if options.database:
        settle(unfinished, options.database)
    with closing(Hub(unfinished, inline=True)) as hub:
        platform = parties.add_organisation(hub, PartyKind.PLATFORM, options.name, PartyState.APPROVED)
    certificate.make(unfinished, options.host, milliseconds())
    files = (certificate.KEY, certificate.CERTIFICATE)
    if options.database:
        _move(unfinished, folder, *files, JOURNAL, SETTINGS)
    with closing(Hub(folder if options.database else unfinished, inline=True)) as hub:
        parties.add_user(hub, platform, Role.PLATFORM_ADMIN, options.admin, options.admin, password)
    if not options.database:
        _move(unfinished, folder, *files, JOURNAL, FILE)
    shutil.rmtree(unfinished)
    print(f"Hub {hub.id} is ready in {folder}")
    print(f"Fingerprint (SHA-256): {certificate.fingerprint(folder)}")


def _move(source: Path, target: Path, *names: str) -> None:
    for name in names:
        (source / name).replace(target / name)


def _serve(options: argparse.Namespace) -> None:
    log.start()
    with closing(Hub(options.data, database=options.database)) as hub, together(options.data / SERVING):
        serve(
            hub,
            options.data,
            host=options.host,
            port=options.port,
            tls=not options.no_tls,
            ready_file=options.ready_file,
        )


def _add_organisation(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        print(
            parties.add_organisation(
                hub,
                _KINDS[options.kind],
                options.name,
                _STATES[options.state],
                commission_bp=options.commission_bp,
                region=options.region,
            )
        )


def _list_organisations(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        for o in parties.organisations(hub):
            print(o.id, o.kind.value.lower(), o.state.value.lower(), o.name, sep="\t")


def _import_taxonomy(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        plan = taxonomy.plan(hub, options.source)
        print(
            f"categories: {len(plan.new)} new, {len(plan.changed)} changed, {len(plan.moved)} moved, "
            f"{plan.unchanged} unchanged, {len(plan.absent)} not in the file (they stay)"
        )
        print(
            f"attributes: {len(plan.attributes_new)} new, {len(plan.attributes_changed)} changed, "
            f"{plan.attributes_unchanged} unchanged"
        )
        if not options.dry_run:
            taxonomy.carry_out(hub, plan)


def _export_taxonomy(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        print(taxonomy.export(hub, options.target))


def _set_terms(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        parties.set_commission(hub, options.org, options.commission_bp)


def _add_user(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        password = _password(options)
        print(parties.add_user(hub, options.org, Role(options.role), options.login, options.name, password))


def _set_password(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        parties.set_password(hub, options.login, _password(options))


def _disable_user(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        parties.disable_user(hub, options.login)


def _list_users(options: argparse.Namespace) -> None:
    with _opened(options) as hub, hub.database.read() as connection:
        for u in accounts.users(connection):
            print(u.id, u.organisation_id, u.role, "disabled" if u.disabled else "active", u.login, u.name, sep="\t")


def _list_devices(options: argparse.Namespace) -> None:
    with _opened(options) as hub, hub.database.read() as connection:
        for d in devices.devices(connection):
            state = "active" if d.revoked_at is None else "revoked"
            print(d.code, d.id, d.organisation_id, state, d.name, sep="\t")


def _revoke_device(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        named = _device_id(hub, options.device)
        if not hub.write(lambda batch: devices.revoke(batch, named)):
            raise _CannotError("there is no such device, or it is revoked already")


def _issue_token(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        print(hub.issue_token(options.org, options.name, options.scope))


def _list_tokens(options: argparse.Namespace) -> None:
    with _opened(options) as hub, hub.database.read() as connection:
        for t in tokens.tokens(connection):
            state = "active" if t.revoked_at is None else "revoked"
            print(t.id, t.organisation_id, t.scope, state, t.name, sep="\t")


def _revoke_token(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        if not hub.revoke_token(options.token):
            raise _CannotError("there is no such token, or it is revoked already")


def _set_offline_days(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        hub.write(lambda batch: devices.set_offline_days(batch.connection, options.days))


def _device_id(hub: Hub, named: str) -> str:
    """The id of a device that is named by its id or its code."""
    if not re.fullmatch(r"D\d+", named):
        return named
    with hub.database.read() as connection:
        return next((d.id for d in devices.devices(connection) if d.code == named), named)


def _list_quarantine(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        wanted = _device_id(hub, options.device)
        with hub.database.read() as connection:
            codes = {d.id: d.code for d in devices.devices(connection)}
            for i in quarantine.items(connection, wanted, state="" if options.all else quarantine.Held.WAITING):
                author = accounts.user_by_id(connection, i.actor_id)
                who = author.login if author else i.actor_id
                print(
                    i.command_id,
                    codes.get(i.device_id, i.device_id),
                    i.state,
                    _when(i.created_at),
                    who,
                    i.name,
                    sep="\t",
                )


def _show_quarantine(options: argparse.Namespace) -> None:
    with _opened(options) as hub, hub.database.read() as connection:
        item = next((i for i in quarantine.items(connection) if i.command_id == options.command_id), None)
        if item is None:
            raise _CannotError("there is no such command in quarantine")
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
        wanted = _device_id(hub, options.device) if options.device else ""
        found = [i for i in waiting if options.command_id == i.command_id or wanted == i.device_id]
        if not found:
            raise _CannotError("nothing of that waits in quarantine")
        try:
            return found, quarantine.decider(connection, options.by, found[0].device_id)
        except quarantine.NotAllowed as error:
            raise _CannotError(f"{options.by} may not decide about this company's entries") from error


def _release_quarantine(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        found, by = _chosen(hub, options)
        for item in found:
            release = quarantine.Release(item.command_id, by)
            hub.door.submit(release)
            try:
                outcome = release.answer.result()
            except quarantine.NotAllowed as error:
                raise _CannotError(
                    f"neither the author nor {by.login} may do {item.name}; it goes on waiting"
                ) from error
            print(item.command_id, outcome.kind.value if outcome else "sent", outcome.code if outcome else "", sep="\t")


def _discard_quarantine(options: argparse.Namespace) -> None:
    with _opened(options) as hub:
        if not options.reason.strip():
            raise _CannotError("a reason must not be empty")
        found, by = _chosen(hub, options)

        def discard(batch: Batch) -> None:
            for item in found:
                quarantine.mark(batch, item.command_id, quarantine.Held.DISCARDED, by.login, options.reason.strip())

        hub.write(discard)
        print(len(found))


def _when(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
