"""A supplier's managers issue and end the tokens of their own systems; nobody else can, or touches others'."""

from __future__ import annotations

import pytest

from s2b_domain.wire import AskTokens, Tokens
from s2b_hub import own_tokens
from s2b_hub.problems import ProblemError
from s2b_hub.stock_messages import FeedError
from tests.hub.world import Desk, World


def ask(world: World, desk: Desk, **request: str) -> Tokens:
    return own_tokens.answer(world.hub, desk.signed.token, AskTokens(**request))


@pytest.mark.parametrize("login", ["admin", "hengfeng-clerk", "chenguang", "xiaoman"])
def test_nobody_else_learns_that_there_is_such_a_thing(world: World, login: str) -> None:
    for action in ("", "issue", "revoke"):
        with pytest.raises(ProblemError, match="not_found"):
            ask(world, world.desk(login), action=action, name="x")


def test_a_token_is_told_once_and_works_until_it_is_ended(world: World) -> None:
    desk = world.desk("hengfeng")
    made = ask(world, desk, action="issue", name="金蝶")
    assert made.secret
    assert [t.name for t in made.tokens] == ["金蝶"]
    assert ask(world, desk).secret == ""
    with pytest.raises(FeedError) as error:
        world.hub.feed_stock(made.secret, "k1", b"{")
    assert error.value.status == 400  # let in, and read
    (token,) = made.tokens
    with pytest.raises(ProblemError, match="not_found"):
        ask(world, world.desk("yuanda"), action="revoke", token_id=token.id)
    assert ask(world, world.desk("yuanda")).tokens == ()
    assert ask(world, desk, action="revoke", token_id=token.id).tokens == ()
    with pytest.raises(FeedError, match="token_wrong"):
        world.hub.feed_stock(made.secret, "k2", b"{")


def test_names_and_numbers_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = world.desk("hengfeng")
    with pytest.raises(ProblemError, match="malformed"):
        ask(world, desk, action="issue", name="  ")
    monkeypatch.setattr(own_tokens, "MAX_TOKENS", 1)
    ask(world, desk, action="issue", name="one")
    with pytest.raises(ProblemError, match="too_large"):
        ask(world, desk, action="issue", name="two")
