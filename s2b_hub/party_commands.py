"""Organisations, people and the category tree on the command line: org, user, taxonomy."""

import argparse
from pathlib import Path

from s2b_domain.access import ROLES_OF, Role
from s2b_domain.intake.refusal import Refused as Unreadable
from s2b_domain.records.party import PartyKind
from s2b_domain.rules.onboarding import PartyState
from s2b_hub import accounts, parties, taxonomy
from s2b_hub.command_line import CannotError, ask_password, command, group, opened, password_option, whole

_KINDS = {"supplier": PartyKind.SUPPLIER, "merchant": PartyKind.MERCHANT}
_UNREADABLE = {
    "empty": "there is nothing in it",
    "lock_file": "this is what Excel leaves beside an open workbook; name the workbook itself",
    "no_permission": "this user may not read it",
    "no_such_file": "there is no such file or folder",
    "password": "it has a password; save it without one",
    "too_large": "it is larger than a category tree can be",
    "unknown_encoding": "its encoding is unknown; save it as UTF-8",
}
"""Why a sheet is not read, by the codes of `s2b_domain.intake.refusal`; else it is no sheet, or a damaged one."""
_STATES = {"draft": PartyState.DRAFT, "approved": PartyState.APPROVED}


def add_commands(nouns: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands to the command line."""
    org = group(nouns, "org", "organisations: add, list, terms")
    adding = command(org, "add", _add_organisation, "add a supplier or merchant and print its id")
    adding.add_argument("--kind", choices=_KINDS, required=True)
    adding.add_argument("--name", required=True)
    adding.add_argument("--state", choices=_STATES, default="draft", help="draft applies from its desktop")
    adding.add_argument("--region", default="")
    adding.add_argument(
        "--commission-bp",
        type=whole(0, parties.WHOLE_BP),
        default=parties.COMMISSION_BP,
        metavar="N",
        help="a supplier's commission in 1/100 of a percent (default: %(default)s)",
    )
    command(org, "list", _list_organisations, "id, kind, state, name")
    terms = command(org, "terms", _set_terms, "change a supplier's commission from now on")
    terms.add_argument("--org", required=True, metavar="ID")
    terms.add_argument("--commission-bp", type=whole(0, parties.WHOLE_BP), required=True, metavar="N")

    user = group(nouns, "user", "accounts: add, password, disable, list")
    adding = command(user, "add", _add_user, "add a person's account and print its id")
    adding.add_argument("--org", required=True, metavar="ID", help="as `org list` shows it")
    adding.add_argument("--role", required=True, choices=[r.value for r in Role], metavar="ROLE", help=_roles())
    adding.add_argument("--login", required=True)
    adding.add_argument("--name", required=True)
    password_option(adding)
    password = command(user, "password", _set_password, "set a password and sign the user out everywhere")
    password.add_argument("--login", required=True)
    password_option(password)
    disable = command(user, "disable", _disable_user, "end an account at once")
    disable.add_argument("--login", required=True)
    command(user, "list", _list_users, "id, organisation, role, state, login, name")

    tree = group(nouns, "taxonomy", "the category tree: import, export")
    importing = command(tree, "import", _import_taxonomy, "take over a tree from a folder of Shopify's or a sheet")
    importing.add_argument("source", type=Path, help="the folder of Shopify's taxonomy, or a csv or xlsx sheet")
    importing.add_argument("--dry-run", action="store_true", help="only say what would change")
    exporting = command(tree, "export", _export_taxonomy, "write the tree as a CSV that can be imported again")
    exporting.add_argument("target", type=Path, help="the CSV to write")


def _roles() -> str:
    return "; ".join(
        f"{kind.value.lower()}: {', '.join(sorted(r.value for r in roles))}" for kind, roles in ROLES_OF.items()
    )


def _add_organisation(options: argparse.Namespace) -> None:
    with opened(options) as hub:
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
    with opened(options) as hub:
        for o in parties.organisations(hub):
            print(o.id, o.kind.value.lower(), o.state.value.lower(), o.name, sep="\t")


def _set_terms(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        parties.set_commission(hub, options.org, options.commission_bp)


def _add_user(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        password = ask_password(options)
        print(parties.add_user(hub, options.org, Role(options.role), options.login, options.name, password))


def _set_password(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        parties.set_password(hub, options.login, ask_password(options))


def _disable_user(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        parties.disable_user(hub, options.login)


def _list_users(options: argparse.Namespace) -> None:
    with opened(options) as hub, hub.database.read() as connection:
        for u in accounts.users(connection):
            print(u.id, u.organisation_id, u.role, "disabled" if u.disabled else "active", u.login, u.name, sep="\t")


def _import_taxonomy(options: argparse.Namespace) -> None:
    with opened(options) as hub:
        try:
            plan = taxonomy.plan(hub, options.source)
        except Unreadable as error:
            why = _UNREADABLE.get(error.code, "it cannot be read as a sheet; save it as csv or xlsx")
            raise CannotError(f"{options.source}: {why}") from error
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
    with opened(options) as hub:
        print(taxonomy.export(hub, options.target))
