"""`s2b-hub`: make a hub, serve it, and set up organisations, people and devices."""

import argparse
import shutil
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from s2b_domain.access import Role
from s2b_domain.errors import Refused
from s2b_domain.records.party import PartyKind
from s2b_domain.rules.onboarding import PartyState
from s2b_hub import __version__, accounts, certificate, device_commands, log, parties, party_commands, upkeep
from s2b_hub.backup import SERVING, BackupError
from s2b_hub.command_line import CannotError, ask_password, command, password_option
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
_REASONS = {
    "login_taken": "this login is taken",
    "role_wrong": "{role} is no role of a {kind}",
    "not_found": "there is no such {kind}",
    "field_required": "{field} must not be empty",
    "field_wrong": "{field} is not possible here",
    "commission_supplier": "only a supplier has a commission",
    "taxonomy_unknown": "this is neither a folder of Shopify's taxonomy nor a sheet with a column of paths or levels",
    "taxonomy_damaged": "{file} cannot be read as a part of a taxonomy",
    "taxonomy_too_large": "this taxonomy is too large",
    "taxonomy_no_path": "row {row} has no path",
    "taxonomy_levels": "row {row}: the two paths have different levels",
    "taxonomy_cell": "row {row}: {value} is not possible as {column}, only {possible}",
    "taxonomy_id": "row {row}: {value} is no id of this tree ({column})",
    "category_loop": "a category would stand below itself",
    "category_retired": "a category would stand below a retired one",
    "busy": "the database is busy or cannot be written; try again",
}
_REMEDIES = dict.fromkeys(
    (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN),
    "; look whether the disk is full, or the folder not to be written by this user",
) | dict.fromkeys((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB), "; put a backup back: s2b-hub restore --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int | None] = options.command
    try:
        return command(options) or 0
    except DBAPIError as error:
        return _sorry(_of_the_database(error.orig or error))
    except sqlite3.Error as error:
        return _sorry(_of_the_database(error))
    except OSError as error:
        return _sorry(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (CannotError, BackupError, certificate.CertificateError, JournalError, HubDataError, ValueError) as error:
        return _sorry(str(error))
    except Refused as refused:
        return _sorry(_REASONS.get(refused.code, refused.code).format(**refused.params))
    except ProblemError as error:
        return _sorry(_REASONS.get(error.problem.code, error.problem.code))
    except KeyboardInterrupt:
        return _sorry("stopped; nothing was changed")


def _of_the_database(error: BaseException) -> str:
    """A full disk, a read-only folder, a server that went away: what it says itself, in one line, and what to do."""
    said = f"the database did not do it: {(str(error).splitlines() or [type(error).__name__])[0]}"
    return said + _REMEDIES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "")


def _sorry(text: str) -> int:
    print(f"s2b-hub: {text}", file=sys.stderr)
    return 1


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port from 0 to 65535")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("s2b-hub", description=__doc__, epilog=EXAMPLES, formatter_class=shape)
    parser.add_argument("--version", action="version", version=f"s2b-hub {__version__}")
    nouns = parser.add_subparsers(required=True, metavar="COMMAND")

    init = command(nouns, "init", _init, "make a hub: data folder, certificate, first platform user")
    init.add_argument("--name", required=True, help="what people see as the hub's name")
    init.add_argument("--admin", required=True, metavar="LOGIN", help="login of the first platform admin")
    init.add_argument("--host", action="append", default=[], help="a host name or address of this hub; repeatable")
    password_option(init)

    serving = command(nouns, "serve", _serve, "answer desktops until SIGTERM or Ctrl+C")
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serving.add_argument("--port", type=_port, default=8443, help="0 takes a free one (default: %(default)s)")
    serving.add_argument("--no-tls", action="store_true", help="only behind a proxy that does TLS")
    serving.add_argument("--ready-file", type=Path, metavar="FILE", help="write address and fingerprint as JSON")

    party_commands.add_commands(nouns)
    device_commands.add_commands(nouns)
    upkeep.add_commands(nouns)
    return parser


def _init(options: argparse.Namespace) -> None:
    """What makes the folder a hub comes last: an interrupted `init` can simply be repeated."""
    password = ask_password(options)
    accounts.Passwords.check(password)
    folder: Path = options.data
    if (folder / FILE).exists():
        raise CannotError(f"{folder} holds a hub already")
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
