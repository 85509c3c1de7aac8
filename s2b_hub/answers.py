"""Answers to requests that carry an idempotency key, and how many a token may ask for in a minute."""

import zstandard
from sqlalchemy import Connection, delete, func, insert, select

from s2b_hub import tables
from s2b_hub.stock_messages import FeedError

PER_MINUTE = 60
KEEP = 48 * 3600 * 1000
"""How long (ms) a key and its answer are remembered."""


def remembered(connection: Connection, token_id: str, key: str, body_hash: bytes) -> bytes | None:
    """What was answered to a key; `FeedError` where it came with another body."""
    a = tables.api_answer.c
    row = connection.execute(select(a.body_hash, a.answer).where(a.token_id == token_id, a.key == key)).first()
    if row is None:
        return None
    if row.body_hash != body_hash:
        raise FeedError(409, "key_reused", "This idempotency key was used for another body. Nothing was changed.")
    return zstandard.decompress(row.answer)


def check_rate(connection: Connection, token_id: str, now: int) -> None:
    """`FeedError` where a token has asked too often within a minute."""
    a = tables.api_answer.c
    recent = select(func.count(), func.min(a.at)).where(a.token_id == token_id, a.at > now - 60_000)
    count, oldest = connection.execute(recent).one()
    if count >= PER_MINUTE:
        wait = max(1, -(-(oldest + 60_000 - now) // 1000))
        raise FeedError(429, "too_many_requests", f"At most {PER_MINUTE} feeds a minute. Wait {wait} s.", wait)


def remember(connection: Connection, token_id: str, key: str, body_hash: bytes, body: bytes, now: int) -> None:
    """Keep an answer; old ones are forgotten on the way."""
    a = tables.api_answer.c
    connection.execute(delete(tables.api_answer).where(a.at <= now - KEEP))
    row = {"token_id": token_id, "key": key, "body_hash": body_hash, "answer": zstandard.compress(body), "at": now}
    connection.execute(insert(tables.api_answer), row)
