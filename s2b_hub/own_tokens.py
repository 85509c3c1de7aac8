"""What a supplier's managers may do about the tokens of their own systems, from their desktops."""

from s2b_domain.access import Role
from s2b_domain.wire import AskTokens, TokenInfo, Tokens
from s2b_hub import sessions, tokens
from s2b_hub.accounts import current_actor
from s2b_hub.hub import Hub
from s2b_hub.problems import ProblemError

MAX_TOKENS = 20


def answer(hub: Hub, token: str, request: AskTokens) -> Tokens:
    """Do what is asked, if anything, and name the tokens that work. Problems: `not_found` for everybody but a
    supplier's managers and for what is not theirs, `too_large` beyond `MAX_TOKENS`, `malformed` for an empty name."""
    with hub.database.read() as connection:
        session = sessions.session_of(connection, token, hub.clock())
        actor = current_actor(connection, session.user_id)
        if actor.role is not Role.SUPPLIER_MANAGER:
            raise ProblemError("not_found")
        working = [t for t in tokens.tokens(connection, actor.organisation_id) if t.revoked_at is None]
    secret = ""
    if request.action == "issue":
        if len(working) >= MAX_TOKENS:
            raise ProblemError("too_large", limit=MAX_TOKENS)
        try:
            secret = hub.issue_token(actor.organisation_id, request.name, "stock")
        except ValueError as error:
            raise ProblemError("malformed") from error
    elif request.action == "revoke" and not hub.revoke_token(request.token_id, actor.organisation_id):
        raise ProblemError("not_found")
    with hub.database.read() as connection:
        told = tuple(
            TokenInfo(id=t.id, name=t.name, issued_at=t.issued_at, used_at=t.used_at)
            for t in tokens.tokens(connection, actor.organisation_id)
            if t.revoked_at is None
        )
    return Tokens(tokens=told, secret=secret)
