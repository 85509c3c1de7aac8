"""The operator's care for a hub on the command line: backup, restore, check, recover, dead-letter."""

import argparse
from contextlib import closing
from pathlib import Path

from s2b_domain.errors import Refused
from s2b_hub import backup, blobs, certificate, dead_letters, devices, effects, history, inspection, outward
from s2b_hub.command_line import CannotError, command, opened, when, whole
from s2b_hub.database import Database
from s2b_hub.effects import EffectState
from s2b_hub.hub import milliseconds
from s2b_hub.journal import FILE as JOURNAL
from s2b_hub.journal import REMEDY, Journal, JournalError
from s2b_hub.location import located
from s2b_hub.signer import Signer

LONGEST_WAIT = 7 * 24 * 60
"""Minutes that a hub which was put back may wait for its desktops."""


def add_commands(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line."""
    making = command(nouns, "backup", _back_up, "copy the hub, also while it serves, and verify the copy")
    making.add_argument("--to", type=Path, required=True, metavar="DIR", help="a folder on another disk")
    making.add_argument("--keep", type=whole(1), default=0, metavar="N", help="drop all but the N newest there")

    bringing = command(nouns, "restore", _restore, "make the data folder the hub of a backup; the hub must not serve")
    bringing.add_argument("--from", dest="source", type=Path, required=True, metavar="BACKUP")
    bringing.add_argument("--journal", type=Path, metavar="FILE", help=f"a {JOURNAL} that was kept elsewhere")
    _wait_option(bringing)

    checking = command(nouns, "check", _check, "say what is wrong with a hub, also while it serves, or with a backup")
    checking.add_argument("--backup", type=Path, metavar="BACKUP", help="check this backup instead")

    recovering = command(nouns, "recover", _recover, "how far a restored hub is; --finish waits for no more devices")
    way = recovering.add_mutually_exclusive_group()
    way.add_argument("--finish", action="store_true", help="go on with what the desktops handed over so far")
    way.add_argument(
        "--begin",
        action="store_true",
        help="an older database was put back by other means than `restore`: ask the desktops for what is gone",
    )
    _wait_option(recovering)

    keeping = command(nouns, "journal", _journal, "whether the journal is the one that the database knows")
    keeping.add_argument(
        "--accept-loss",
        action="store_true",
        help="it is lost, and nothing of it is to be had: go on from here; device numbers go on 1,000 higher",
    )

    tls = command(nouns, "certificate", _certificate, "the fingerprint of the certificate, its names, and until when")
    tls.add_argument("--renew", action="store_true", help="make a new one with a new key; desktops ask once about it")
    tls.add_argument("--host", action="append", default=[], help="with --renew: a name or address; repeatable")

    text = "what is to be done outside of the books: list, retry"
    outside = nouns.add_parser("effect", help=text, description=text).add_subparsers(required=True, metavar="COMMAND")
    listing = command(outside, "list", _list_effects, "key, state, provider, method, amount in yuan, since when, why")
    listing.add_argument("--all", action="store_true", help="also what is done")
    again = command(outside, "retry", _retry_effect, "ask the provider again; it does nothing twice")
    again.add_argument("key", metavar="KEY", help="as `effect list` shows it")

    text = "commands that need an operator: list, show, retry, dismiss"
    letters = nouns.add_parser("dead-letter", help=text, description=text)
    verbs = letters.add_subparsers(required=True, metavar="COMMAND")
    listing = command(verbs, "list", _list, "place, kind, code, time, command")
    listing.add_argument("--all", action="store_true", help="also those that are dealt with")
    for name, work, told in (
        ("show", _show, "everything about one"),
        ("retry", _retry, "try to book an accepted command again"),
        ("dismiss", _dismiss, "it is dealt with"),
    ):
        verb = command(verbs, name, work, told)
        verb.add_argument("place", metavar="PLACE", help="as `dead-letter list` shows it, such as D3/17")


def _wait_option(parser: argparse.ArgumentParser) -> None:
    text = "how long to wait for desktops (default: %(default)s)"
    parser.add_argument("--wait", type=whole(0, LONGEST_WAIT), default=30, metavar="MINUTES", help=text)


def _wait(options: argparse.Namespace) -> int:
    """Milliseconds."""
    return int(options.wait) * 60_000


def _back_up(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        folder, manifest = backup.back_up(hub, options.data, options.to, keep=options.keep)
    print(folder)
    print(f"verified: {len(manifest.files)} files, decisions up to {manifest.hub_order}")


def _restore(options: argparse.Namespace) -> None:
    now = milliseconds()
    done = backup.restore(options.source, options.data, now=now, journal=options.journal, wait=_wait(options))
    print(f"restored the backup of {when(done.manifest.taken_at)}, decisions up to {done.manifest.hub_order}")
    if done.safety_copy is not None:
        print(f"what was there before is in {done.safety_copy}")
    if done.journal_lost:
        print(
            "no newer journal was found: revoke again what was revoked since, and add again who was added since;\n"
            "device numbers go on 1,000 higher"
        )
    waits = f"waits for {done.expected} devices until {when(done.until)}, then goes on"
    print(f"now serve it: it {waits if done.expected else 'goes on at once, for nobody was signed in'}")


def _check(options: argparse.Namespace) -> int:
    if options.backup is not None:
        found = list(backup.verify(options.backup))
    else:
        with opened(options) as hub, hub.database.read() as connection:
            found = list(inspection.findings(connection, hub.signer))
            found += backup.missing(connection)
            found += [inspection.Finding("blob", told) for told in blobs.wrong(connection, options.data)]
            known, last = history.number(connection, history.JOURNAL), hub.journal.last()
            if last < known:
                found.append(inspection.Finding("journal", _journal_is(last, known)))
    for finding in found:
        print(f"{finding.part}: {finding.text}")
    print(f"{len(found)} findings" if found else "all is well")
    return 1 if found else 0


def _recover(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        if options.finish:
            hub.finish_recovery()
        if options.begin:
            hub.begin_recovery("put back by the operator", wait=_wait(options))
        with hub.database.read() as connection:
            under_way, report = history.recovery(connection), history.last_report(connection)
            current = history.fact(connection, history.HISTORY)
            heard = history.reported(connection, current)
        if under_way is not None:
            missing = [d for d in under_way.expected if d not in heard]
            print(f"recovering: {len(heard)} devices have reported, {len(missing)} are missing")
            at = f"at {when(under_way.until)}" if missing else "as soon as it serves"
            print(f"goes on by itself {at}, or with: s2b-hub recover --finish")
        elif report is not None:
            told = f"{report.handed} decisions came back from {report.reported} devices"
            print(f"recovered at {when(report.ended)}: {told}")
            print(
                f"not booked: {report.unbooked}, booked differently: {report.differs} (see: s2b-hub dead-letter list)"
            )
        else:
            print("this hub was never restored")


def _certificate(options: argparse.Namespace) -> None:
    data: Path = options.data
    if options.host and not options.renew:
        raise CannotError("--host goes with --renew")
    with opened(options):
        if options.renew:
            certificate.make(data, options.host or certificate.names(data), milliseconds())
        certificate.check(data)
    print(f"Fingerprint (SHA-256): {certificate.fingerprint(data)}")
    print(f"valid until {when(certificate.ends(data))} for {', '.join(certificate.names(data))}")
    if options.renew:
        print("now start the hub again; each desktop asks its user to compare the new fingerprint")


def _journal(options: argparse.Namespace) -> int:
    """Works on the database alone: a hub on PostgreSQL does not open without its journal."""
    where = located(options.data, getattr(options, "database", ""))
    with closing(Database(where)) as database, database.write() as connection:
        hub_id = history.fact(connection, "hub_id").decode()
        journal = Journal(options.data / JOURNAL, Signer(hub_id, history.fact(connection, "signing_key")))
        known = history.lock_journal(connection)
        try:
            last = journal.last()
        except JournalError as error:
            raise CannotError(f"{error}: {REMEDY}") from error
        if options.accept_loss and last < known:
            devices.skip_numbers(connection)
            history.set_fact(connection, history.JOURNAL, str(last).encode())
            known = last
    print(_journal_is(last, known))
    return 1 if last < known else 0


def _journal_is(last: int, known: int) -> str:
    """Where the journal stands, and what to do where that is not where it should."""
    way = "; put its newest copy back, or, where there is none, go on with: s2b-hub journal --accept-loss"
    return f"the journal ends with line {last}; the database knows {known}{way if last < known else ''}"


def _list_effects(options: argparse.Namespace) -> None:
    states = [s.value for s in EffectState if options.all or s is not EffectState.CONFIRMED]
    with opened(options) as hub, hub.database.read() as connection:
        for e in effects.effects(connection, states=states):
            amount = f"{e.amount // 100}.{e.amount % 100:02}"
            print(e.key, e.state.value, e.provider, e.method, amount, when(e.at), e.reason, sep="\t")


def _retry_effect(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        outward.retry(hub, options.key)


def _list(options: argparse.Namespace) -> None:
    with opened(options) as hub, hub.database.read() as connection:
        for x in dead_letters.dead_letters(connection, closed=options.all):
            state = "closed" if x.closed_at else x.kind
            print(x.place, state, x.code, when(x.time), x.command, sep="\t")


def _show(options: argparse.Namespace) -> None:
    with opened(options) as hub, hub.database.read() as connection:
        for x in dead_letters.dead_letters(connection, closed=True):
            if x.place == options.place:
                told = {"what": x.kind, "code": x.code, "when": when(x.time), "command": x.command}
                told |= {"command id": x.command_id or "", "decided": x.decided.value}
                told |= {"can be retried": "yes" if x.can_retry else "no"}
                print("\n".join(f"{k}: {v}" for k, v in told.items()))
                print(x.error)
                return
    raise Refused("not_found", kind="dead letter")


def _retry(options: argparse.Namespace) -> int:
    with opened(options) as hub:
        booked = dead_letters.retry(hub, options.place)
    print("booked" if booked else "not booked: the reason is in `dead-letter show`")
    return 0 if booked else 1


def _dismiss(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        dead_letters.dismiss(hub, options.place)
